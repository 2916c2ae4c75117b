#include "ledger/core/tree.hpp"

#include <algorithm>
#include <bit>
#include <boost/container/static_vector.hpp>

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

using Proof = std::vector<Digest>;

/// Calls `visit` with the complete subtrees that leaves [begin, end) consist of, from the left. `begin` is a multiple
/// of the largest of them, as it always is for a subtree of an RFC 6962 tree.
template <class Visit>
Result<void> visit_complete_subtrees(std::uint64_t begin, std::uint64_t end, const Visit& visit) {
    while (begin < end) {
        const auto level = static_cast<std::uint8_t>(std::bit_width(end - begin) - 1);
        ACTLEDGER_CHECK(visit(NodeId{level, begin >> level}));
        begin += std::uint64_t{1} << level;
    }
    return {};
}

/// Root of complete subtrees in a row, each larger than the next.
Digest fold_from_the_right(const Suite& suite, std::span<const Digest> roots) {
    ACTLEDGER_ASSERT(!roots.empty());
    Digest root = roots.back();
    for (std::size_t i = roots.size() - 1; i-- > 0;) root = suite.hash_node(roots[i], root);
    return root;
}

/// MTH(D[begin:end]) of RFC 6962, section 2.1.
Result<Digest> range_root(const Suite& suite, std::uint64_t begin, std::uint64_t end, const NodeReader& nodes) {
    if (std::has_single_bit(end - begin)) {
        const auto level = static_cast<std::uint8_t>(std::countr_zero(end - begin));
        return nodes.node({level, begin >> level});
    }
    boost::container::static_vector<Digest, 64> roots;
    ACTLEDGER_CHECK(visit_complete_subtrees(begin, end, [&](NodeId id) -> Result<void> {
        ACTLEDGER_TRY(const Digest digest, nodes.node(id));
        roots.push_back(digest);
        return {};
    }));
    return fold_from_the_right(suite, roots);
}

/// The split of RFC 6962: the largest power of two smaller than `size`. @pre size > 1
std::uint64_t left_size(std::uint64_t size) { return std::bit_floor(size - 1); }

/// Where the path of a leaf in a tree of `size` stops being that of a complete subtree: the number of its hashes that
/// lie inside the leaf's complete subtree, and of those to the left of it.
struct PathShape {
    unsigned inner;
    unsigned border;
};
PathShape path_shape(std::uint64_t index, std::uint64_t size) {
    const auto inner = static_cast<unsigned>(std::bit_width(index ^ (size - 1)));
    return {inner, static_cast<unsigned>(inner == 64 ? 0 : std::popcount(index >> inner))};
}

/// Goes up from `hash` at `index` through `path`, joining from whichever side the index says.
Digest join_inner(const Suite& suite, Digest hash, std::span<const Digest> path, std::uint64_t index) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        hash = (index >> i & 1) == 0 ? suite.hash_node(hash, path[i]) : suite.hash_node(path[i], hash);
    }
    return hash;
}
/// The same, leaving out what lies to the right: the root of the tree that ends with the starting subtree.
Digest join_inner_left_only(const Suite& suite, Digest hash, std::span<const Digest> path, std::uint64_t index) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        if ((index >> i & 1) == 1) hash = suite.hash_node(path[i], hash);
    }
    return hash;
}
Digest join_left(const Suite& suite, Digest hash, std::span<const Digest> path) {
    for (const Digest& left : path) hash = suite.hash_node(left, hash);
    return hash;
}

}  // namespace

Result<Frontier> Frontier::load(const Suite& suite, TreeSize size, const NodeReader& nodes) {
    Frontier frontier(suite);
    frontier.size_ = size;
    ACTLEDGER_CHECK(visit_complete_subtrees(0, size.value, [&](NodeId id) -> Result<void> {
        ACTLEDGER_TRY(const Digest digest, nodes.node(id));
        frontier.roots_.push_back(digest);
        return {};
    }));
    return frontier;
}

void Frontier::append(const Digest& leaf, std::vector<Digest>& completed) {
    ACTLEDGER_ASSERT(size_ < tree_size_max);
    completed.clear();
    completed.push_back(leaf);
    for (int joins = std::countr_one(size_.value); joins > 0; --joins) {
        completed.push_back(suite_->hash_node(roots_.back(), completed.back()));
        roots_.pop_back();
    }
    roots_.push_back(completed.back());
    ++size_.value;
}

TreeHead Frontier::head() const {
    return {size_, roots_.empty() ? suite_->empty_root() : fold_from_the_right(*suite_, roots_)};
}

Result<std::vector<Digest>> inclusion_proof(const Suite& suite, SequenceNumber index, TreeSize size,
                                            const NodeReader& nodes) {
    ACTLEDGER_ASSERT(index.value < size.value && size <= tree_size_max);
    const PathShape shape = path_shape(index.value, size.value);
    Proof proof;
    proof.reserve(shape.inner + shape.border);
    // Inside the largest subtree in which the leaf's path is not yet on the tree's right edge: siblings, of which the
    // topmost may be incomplete.
    for (unsigned level = 0; level < shape.inner; ++level) {
        const std::uint64_t sibling = index.value >> level ^ 1;
        const std::uint64_t begin = sibling << level;
        const std::uint64_t end = std::min(begin + (std::uint64_t{1} << level), size.value);
        ACTLEDGER_TRY(const Digest digest, range_root(suite, begin, end, nodes));
        proof.push_back(digest);
    }
    // Above it, on the right edge: only what lies to the left.
    for (unsigned level = shape.inner; level < 64 && index.value >> level != 0; ++level) {
        if ((index.value >> level & 1) == 0) continue;
        ACTLEDGER_TRY(const Digest digest, nodes.node({static_cast<std::uint8_t>(level), (index.value >> level) - 1}));
        proof.push_back(digest);
    }
    return proof;
}

Result<std::vector<Digest>> consistency_proof(const Suite& suite, TreeSize older, TreeSize newer,
                                              const NodeReader& nodes) {
    ACTLEDGER_ASSERT(older <= newer && newer <= tree_size_max);
    Proof proof;
    if (older.value == 0 || older == newer) return proof;
    // SUBPROOF of RFC 6962, section 2.1.2, with the recursion unrolled: [begin, end) is the subtree looked at.
    std::uint64_t begin = 0;
    std::uint64_t end = newer.value;
    bool is_older_tree = true;  // the RFC's b: [begin, older) is all of the older tree
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    while (older.value != end) {
        const std::uint64_t middle = begin + left_size(end - begin);
        if (older.value <= middle) {
            ranges.emplace_back(middle, end);
            end = middle;
        } else {
            ranges.emplace_back(begin, middle);
            begin = middle;
            is_older_tree = false;
        }
    }
    if (!is_older_tree) ranges.emplace_back(begin, end);
    proof.reserve(ranges.size());
    for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
        ACTLEDGER_TRY(const Digest digest, range_root(suite, range->first, range->second, nodes));
        proof.push_back(digest);
    }
    return proof;
}

Result<void> verify_inclusion(const Suite& suite, const Digest& leaf, SequenceNumber index, const TreeHead& head,
                              std::span<const Digest> proof) {
    if (index.value >= head.size.value) return Error{errc::not_included, "the index is beyond the tree"};
    const PathShape shape = path_shape(index.value, head.size.value);
    if (proof.size() != std::size_t{shape.inner} + shape.border) {
        return Error{errc::not_included, "the path has the wrong length"};
    }
    const Digest inner = join_inner(suite, leaf, proof.first(shape.inner), index.value);
    if (join_left(suite, inner, proof.subspan(shape.inner)) != head.root) {
        return Error{errc::not_included, "the path does not lead to the root"};
    }
    return {};
}

Result<void> verify_consistency(const Suite& suite, const TreeHead& older, const TreeHead& newer,
                                std::span<const Digest> proof) {
    const auto inconsistent = [](const char* why) { return Error{errc::inconsistent_tree, why}; };
    if (older.size > newer.size) return inconsistent("the older tree is the larger one");
    if (older.size.value == 0 || older.size == newer.size) {
        if (!proof.empty()) return inconsistent("the proof should be empty");
        if (older.size.value == 0 && older.root != suite.empty_root()) return inconsistent("not the empty tree's root");
        if (older.size == newer.size && older.root != newer.root) return inconsistent("one size and two roots");
        return {};
    }
    // The path of the older tree's last leaf in the newer tree, but begun at the largest complete subtree that ends the
    // older tree. That subtree's hash leads the proof, unless it is the whole older tree.
    const int skipped = std::countr_zero(older.size.value);
    PathShape shape = path_shape(older.size.value - 1, newer.size.value);
    shape.inner -= static_cast<unsigned>(skipped);
    const bool seed_in_proof = !std::has_single_bit(older.size.value);
    const std::size_t expected = std::size_t{shape.inner} + shape.border + (seed_in_proof ? 1 : 0);
    if (proof.size() != expected) return inconsistent("the proof has the wrong length");

    const Digest seed = seed_in_proof ? proof.front() : older.root;
    const std::span<const Digest> path = proof.subspan(seed_in_proof ? 1 : 0);
    const std::uint64_t index = (older.size.value - 1) >> skipped;
    const auto inner = path.first(shape.inner);
    const auto border = path.subspan(shape.inner);
    if (join_left(suite, join_inner_left_only(suite, seed, inner, index), border) != older.root) {
        return inconsistent("the proof does not lead to the older root");
    }
    if (join_left(suite, join_inner(suite, seed, inner, index), border) != newer.root) {
        return inconsistent("the proof does not lead to the newer root");
    }
    return {};
}

}  // namespace ledger
