#include <random>

#include "ledger/core/errc.hpp"
#include "ledger/core/tree.hpp"
#include "tests/ledger/core/memory_nodes.hpp"
#include "tests/reference/naive_tree.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;

namespace {

const Suite& suite = default_suite();

Digest digest(std::string_view hex) { return Digest::from(hex_decode(hex).value()); }
std::vector<Digest> digests(std::initializer_list<std::string_view> hex) {
    std::vector<Digest> all;
    for (const auto one : hex) all.push_back(digest(one));
    return all;
}
std::vector<Digest> digests(const std::vector<reference::Hash>& hashes) {
    std::vector<Digest> all;
    all.reserve(hashes.size());
    for (const auto& hash : hashes) all.push_back({hash});
    return all;
}

/// Everything about the first n leaves, for each n.
struct Tree {
    std::vector<std::string> leaves;
    MemoryNodes nodes;
    std::vector<TreeHead> heads;

    explicit Tree(std::vector<std::string> all_leaves) : leaves(std::move(all_leaves)) {
        Frontier frontier(suite);
        heads.push_back(frontier.head());
        for (const auto& leaf : leaves) {
            nodes.append(frontier, suite.hash_leaf(as_bytes(leaf)));
            heads.push_back(frontier.head());
        }
    }
    [[nodiscard]] Digest leaf_hash(std::uint64_t index) const { return suite.hash_leaf(as_bytes(leaves[index])); }
};

/// The eight inputs of the certificate-transparency project's tests (cpp/merkletree/merkle_tree_test.cc).
Tree published_tree() {
    std::vector<std::string> leaves;
    for (const auto* hex :
         {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}) {
        leaves.emplace_back(as_text(hex_decode(hex).value()));
    }
    return Tree(leaves);
}

Tree random_tree(std::mt19937_64& random, std::size_t size) {
    std::vector<std::string> leaves(size);
    for (auto& leaf : leaves) {
        leaf.resize(random() % 40);
        for (char& c : leaf) c = static_cast<char>(random());
    }
    return Tree(leaves);
}

}  // namespace

TEST_CASE("tree: the published tree of eight inputs has the published roots") {
    const Tree tree = published_tree();
    const auto roots = digests({"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"});
    for (std::size_t size = 0; size <= 8; ++size) {
        CAPTURE(size);
        CHECK(tree.heads[size].size.value == size);
        CHECK(tree.heads[size].root == roots[size]);
    }
}

TEST_CASE("tree: the published tree has the published inclusion paths") {
    struct Vector {
        std::uint64_t index;
        std::uint64_t size;
        std::vector<Digest> path;
    };
    const std::vector<Vector> vectors{
        {0, 1, {}},
        {0, 8,
         digests({"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                  "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                  "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"})},
        {5, 8,
         digests({"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                  "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"})},
        {2, 3, digests({"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"})},
        {1, 5,
         digests({"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                  "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                  "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"})},
    };
    const Tree tree = published_tree();
    for (const auto& [index, size, path] : vectors) {
        CAPTURE(index, size);
        CHECK(inclusion_proof(suite, {index}, {size}, tree.nodes).value() == path);
        CHECK(verify_inclusion(suite, tree.leaf_hash(index), {index}, tree.heads[size], path));
    }
}

TEST_CASE("tree: the published tree has the published consistency proofs") {
    struct Vector {
        std::uint64_t older;
        std::uint64_t newer;
        std::vector<Digest> proof;
    };
    const std::vector<Vector> vectors{
        {1, 1, {}},
        {1, 8,
         digests({"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                  "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                  "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"})},
        {6, 8,
         digests({"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                  "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"})},
        {2, 5,
         digests({"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                  "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"})},
    };
    const Tree tree = published_tree();
    for (const auto& [older, newer, proof] : vectors) {
        CAPTURE(older, newer);
        CHECK(consistency_proof(suite, {older}, {newer}, tree.nodes).value() == proof);
        CHECK(verify_consistency(suite, tree.heads[older], tree.heads[newer], proof));
    }
}

TEST_CASE("tree: heads and proofs are those of the recursive definition") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Tree tree = random_tree(random, 100);
    for (std::size_t size = 0; size <= tree.leaves.size(); ++size) {
        CAPTURE(size);
        const reference::Leaves leaves(tree.leaves.data(), size);
        REQUIRE(tree.heads[size].root.bytes == reference::root(leaves));
        REQUIRE(Frontier::load(suite, {size}, tree.nodes).value().head() == tree.heads[size]);
        for (int i = 0; size > 0 && i < 6; ++i) {
            const std::uint64_t index = random() % size;
            const std::uint64_t older = 1 + random() % size;
            CAPTURE(index, older);
            const auto path = inclusion_proof(suite, {index}, {size}, tree.nodes).value();
            REQUIRE(path == digests(reference::path(index, leaves)));
            REQUIRE(verify_inclusion(suite, tree.leaf_hash(index), {index}, tree.heads[size], path));
            const auto proof = consistency_proof(suite, {older}, {size}, tree.nodes).value();
            REQUIRE(proof == digests(reference::proof(older, leaves)));
            REQUIRE(verify_consistency(suite, tree.heads[older], tree.heads[size], proof));
        }
    }
}

TEST_CASE("tree: a loaded frontier grows as the one that was there all along") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Tree tree = random_tree(random, 70);
    for (std::size_t start = 0; start < tree.leaves.size(); start += 1 + random() % 7) {
        auto frontier = Frontier::load(suite, {start}, tree.nodes).value();
        std::vector<Digest> completed{
            digest("00000000000000000000000000000000"
                   "00000000000000000000000000000000")};
        for (std::size_t i = start; i < tree.leaves.size(); ++i) {
            frontier.append(tree.leaf_hash(i), completed);
            REQUIRE(completed.size() == static_cast<std::size_t>(std::countr_one(i)) + 1);
            REQUIRE(completed.front() == tree.leaf_hash(i));
            REQUIRE(frontier.head() == tree.heads[i + 1]);
        }
    }
}

TEST_CASE("tree: a wrong inclusion proof is refused, whatever is wrong") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Tree tree = random_tree(random, 33);
    const auto refused = [](const Result<void>& result) {
        return !result && result.error().code == errc::not_included;
    };
    for (std::uint64_t size = 1; size <= tree.leaves.size(); ++size) {
        const std::uint64_t index = random() % size;
        CAPTURE(size, index);
        const TreeHead head = tree.heads[size];
        const Digest leaf = tree.leaf_hash(index);
        const auto path = inclusion_proof(suite, {index}, {size}, tree.nodes).value();

        for (std::size_t i = 0; i < path.size(); ++i) {
            auto wrong = path;
            wrong[i].bytes[random() % 32] ^= static_cast<std::uint8_t>(1U << random() % 8);
            REQUIRE(refused(verify_inclusion(suite, leaf, {index}, head, wrong)));
            wrong = path;
            wrong.erase(wrong.begin() + static_cast<std::ptrdiff_t>(i));
            REQUIRE(refused(verify_inclusion(suite, leaf, {index}, head, wrong)));
        }
        auto longer = path;
        longer.push_back(head.root);
        REQUIRE(refused(verify_inclusion(suite, leaf, {index}, head, longer)));
        longer = path;
        longer.insert(longer.begin(), leaf);
        REQUIRE(refused(verify_inclusion(suite, leaf, {index}, head, longer)));
        for (std::uint64_t other = 0; other < size + 2; ++other) {
            if (other != index) REQUIRE(refused(verify_inclusion(suite, leaf, {other}, head, path)));
        }
        if (size > 1) REQUIRE(refused(verify_inclusion(suite, head.root, {index}, {head.size, leaf}, path)));
        REQUIRE(refused(verify_inclusion(suite, leaf, {UINT64_MAX}, {{UINT64_MAX}, head.root}, path)));
        REQUIRE(refused(verify_inclusion(suite, leaf, {0}, {{UINT64_MAX}, head.root}, path)));
        REQUIRE(refused(verify_inclusion(suite, leaf, {0}, {{0}, leaf}, {})));
    }
}

TEST_CASE("tree: a wrong consistency proof is refused, whatever is wrong") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Tree tree = random_tree(random, 33);
    const Tree fork = random_tree(random, 33);
    const auto refused = [](const Result<void>& result) {
        return !result && result.error().code == errc::inconsistent_tree;
    };
    for (std::uint64_t newer = 2; newer <= tree.leaves.size(); ++newer) {
        const std::uint64_t older = 1 + random() % (newer - 1);
        CAPTURE(older, newer);
        const auto proof = consistency_proof(suite, {older}, {newer}, tree.nodes).value();
        const TreeHead& a = tree.heads[older];
        const TreeHead& b = tree.heads[newer];
        for (std::size_t i = 0; i < proof.size(); ++i) {
            auto wrong = proof;
            wrong[i].bytes[random() % 32] ^= static_cast<std::uint8_t>(1U << random() % 8);
            REQUIRE(refused(verify_consistency(suite, a, b, wrong)));
        }
        auto longer = proof;
        longer.push_back(b.root);
        REQUIRE(refused(verify_consistency(suite, a, b, longer)));
        REQUIRE(refused(verify_consistency(suite, a, b, std::span(proof).first(proof.size() - 1))));
        REQUIRE(refused(verify_consistency(suite, a, b, {})));
        REQUIRE(refused(verify_consistency(suite, b, a, proof)));
        REQUIRE(refused(verify_consistency(suite, {a.size, b.root}, b, proof)));
        REQUIRE(refused(verify_consistency(suite, a, {b.size, a.root}, proof)));
        REQUIRE(refused(verify_consistency(suite, fork.heads[older], b, proof)));
        REQUIRE(refused(verify_consistency(suite, a, fork.heads[newer], proof)));
        REQUIRE(refused(verify_consistency(suite, a, {{UINT64_MAX}, b.root}, proof)));
    }
    SECTION("sizes that need no proof still need their roots") {
        CHECK(verify_consistency(suite, tree.heads[0], tree.heads[5], {}));
        CHECK(verify_consistency(suite, tree.heads[5], tree.heads[5], {}));
        CHECK(refused(verify_consistency(suite, {{0}, tree.heads[5].root}, tree.heads[5], {})));
        CHECK(refused(verify_consistency(suite, tree.heads[5], {{5}, tree.heads[6].root}, {})));
        CHECK(refused(verify_consistency(suite, tree.heads[0], tree.heads[5], std::vector{tree.heads[5].root})));
    }
}

TEST_CASE("tree: a store that lacks a node gives an error and no proof") {
    const Tree tree = published_tree();
    CHECK(inclusion_proof(suite, {0}, {9}, tree.nodes).error().code == errc::not_found);
    CHECK(consistency_proof(suite, {8}, {9}, tree.nodes).error().code == errc::not_found);
    CHECK(Frontier::load(suite, {9}, tree.nodes).error().code == errc::not_found);
}
