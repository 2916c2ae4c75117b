#pragma once
// tools/verify/subtree.hpp: the Merkle tree in two storeys: complete subtrees over a chunk of leaves, which any thread
// can compute, and the edge that joins them in order. A digest that cannot be known (its leaf is gone) stays open, so
// that the rest of a damaged log can still be judged. Tree: docs/formats/tree.md.

#include <optional>
#include <span>

#include "ledger/core/hash_batch.hpp"
#include "ledger/core/tree.hpp"

namespace verify {

using MaybeDigest = std::optional<ledger::Digest>;

/// The complete subtrees over the leaves of one chunk. The chunk begins at a multiple of its full length, which is a
/// power of two.
class Subtree {
 public:
    static constexpr unsigned levels = 8;
    static constexpr std::uint64_t leaves_max = 1ULL << levels;

    /// @param batch   to hash with; what it holds is thrown away.
    /// @param leaves  1 to leaves_max leaf hashes.
    void build(const ledger::Suite& suite, ledger::HashBatch& batch, std::span<const ledger::Digest> leaves);
    [[nodiscard]] std::span<const ledger::Digest> leaves() const { return level_[0]; }
    /// The root of leaves [index << level, (index + 1) << level); asserts that these are there.
    [[nodiscard]] const ledger::Digest& node(unsigned level, std::uint64_t index) const;
    /// Root over the first `count` leaves alone, 1 to all.
    [[nodiscard]] ledger::Digest root_of_first(const ledger::Suite& suite, std::uint64_t count) const;

 private:
    std::array<std::vector<ledger::Digest>, levels + 1> level_;
};

/// The right edge of the whole tree: roots of its complete subtrees, largest first. Value type.
class TreeEdge {
 public:
    explicit TreeEdge(const ledger::Suite& suite) : suite_(&suite) {}

    /// Appends a complete subtree of 2^level leaves; size() must be a multiple of that (asserted). Joins what can be.
    /// @param stored  the node hashes that the log has for the subtree's last leaf, from `level` upwards; used where a
    ///                digest cannot be computed. May be shorter.
    /// @return how many of `stored` (from `level` + 1 upwards) differ from what was computed, or are too few or many.
    std::size_t append(unsigned level, const MaybeDigest& root, std::span<const ledger::Digest> stored);
    /// Root of this tree with a smaller one appended behind it.
    [[nodiscard]] MaybeDigest root_with(const MaybeDigest& rest) const;
    [[nodiscard]] MaybeDigest root() const;  ///< @pre size() > 0
    [[nodiscard]] std::uint64_t size() const { return size_; }
    bool operator==(const TreeEdge& other) const { return size_ == other.size_ && roots_ == other.roots_; }

 private:
    [[nodiscard]] MaybeDigest join(const MaybeDigest& left, const MaybeDigest& right) const;
    const ledger::Suite* suite_;
    std::uint64_t size_ = 0;
    std::vector<MaybeDigest> roots_;
};

}  // namespace verify
