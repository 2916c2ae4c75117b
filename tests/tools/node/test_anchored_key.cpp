// Which key of a token is meant where the log is lost, by what the anchors on it and in the anchor folder say.

#include <catch2/catch.hpp>

#include "ledger/core/anchor.hpp"
#include "ledger/license_file/private_key.hpp"
#include "tools/node/anchored_key.hpp"

namespace {

using Notes = std::vector<ledger::Bytes>;

struct Anchored {
    /// The anchor that key `last` (from 1) signs, which names all before it; `signer`: who signs in its stead.
    [[nodiscard]] ledger::Bytes anchor(std::size_t last, std::uint64_t size, std::size_t signer = 0) {
        ledger::Anchor anchor;
        anchor.counter = size;
        anchor.origin = {std::string(32, 'a'), static_cast<std::uint32_t>(last)};
        anchor.head = {{size}, ledger::default_suite().hash({})};
        anchor.keys.clear();
        for (std::uint32_t n = 1; n <= last; ++n) anchor.keys.push_back({n, n, key(n).compressed(), {}});
        return ledger::sign_anchor(ledger::default_suite(), anchor, keys.at((signer == 0 ? last : signer) - 1)).value();
    }
    [[nodiscard]] const ledger::PublicKey& key(std::size_t number) const { return keys.at(number - 1).public_key(); }
    /// The numbers of the keys in their order.
    [[nodiscard]] std::vector<std::uint32_t> chosen(const Notes& on_token, const Notes& in_folder = {}) const {
        std::vector<std::uint32_t> numbers;
        for (const auto& one : node::keys_by_anchors(ledger::default_suite(), on_token, in_folder)) {
            CHECK(one.key == key(one.epoch));
            numbers.push_back(one.epoch);
        }
        return numbers;
    }

    std::vector<ledger::PrivateKey> keys = [] {
        std::vector<ledger::PrivateKey> made;
        for (int i = 0; i < 3; ++i) made.push_back(ledger::PrivateKey::generate());
        return made;
    }();
};

using Numbers = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE_METHOD(Anchored, "anchored key: while a key is rotated the earlier one is meant") {
    CHECK(chosen({anchor(1, 5)}) == Numbers{1});
    CHECK(chosen({anchor(2, 5), anchor(1, 5)}, {anchor(1, 4)}) == Numbers{1, 2});
}

TEST_CASE_METHOD(Anchored, "anchored key: an older anchor in the folder says nothing against the token's", "[L8]") {
    CHECK(chosen({anchor(2, 9)}, {anchor(1, 5)}) == Numbers{2, 1});
    CHECK(chosen({anchor(3, 9)}, {anchor(1, 5), anchor(2, 7)}) == Numbers{3, 1, 2});
}

TEST_CASE_METHOD(Anchored, "anchored key: an older anchor on the token is not the one, if the folder has a later key's",
                 "[L8]") {
    // That key is not on the token: what find_anchor says of the other one is that it has handed over.
    CHECK(chosen({anchor(1, 5)}, {anchor(2, 9)}) == Numbers{2, 1});
    CHECK(chosen({}, {anchor(2, 9)}) == Numbers{2});
}

TEST_CASE_METHOD(Anchored, "anchored key: what is no anchor, or was signed by another key, is not meant first") {
    CHECK(chosen({ledger::copy(ledger::as_bytes("no note"))}).empty());
    CHECK(chosen({anchor(2, 9), anchor(1, 5, 3)}) == Numbers{2, 1});
}
