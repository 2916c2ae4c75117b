#pragma once
// ledger/core/tree.hpp: the RFC 6962 Merkle tree over all events: append, inclusion and consistency, and their checks.
// Knows no storage: proofs read nodes through NodeReader. Format and numbering: docs/formats/tree.md.

#include "ledger/core/sizes.hpp"
#include "ledger/core/suite.hpp"

namespace ledger {

/// Root over the first `size` events. Value type.
struct TreeHead {
    TreeSize size;  ///< Covers sequence numbers [0, size).
    Digest root;    ///< The empty tree has Suite::empty_root().
    bool operator==(const TreeHead&) const = default;
};

/// No tree of ours grows beyond it: sums of positions cannot overflow.
constexpr TreeSize tree_size_max{(std::uint64_t{1} << 63) - 1};

/// The hash of a complete subtree: leaves [index << level, (index + 1) << level).
struct NodeId {
    std::uint8_t level = 0;  ///< 0: leaf hashes; at most 62.
    std::uint64_t index = 0;
    auto operator<=>(const NodeId&) const = default;
};

/// Gives hashes of complete subtrees. Implemented by the store, and by a group that is not stored yet.
class NodeReader {
 public:
    virtual ~NodeReader() = default;
    /// @return errc::not_found for a node that the log does not have.
    [[nodiscard]] virtual Result<Digest> node(NodeId id) const = 0;
};

/// The right edge of a tree: the roots of its complete subtrees, largest first. Grows by leaves. At most 64 digests.
class Frontier {
 public:
    explicit Frontier(const Suite& suite) : suite_(&suite) {}
    /// Reads the edge of a stored tree.
    [[nodiscard]] static Result<Frontier> load(const Suite& suite, TreeSize size, const NodeReader& nodes);

    /// Appends a leaf hash. `completed` receives the hashes of the nodes that it completes, level 0 first: the leaf
    /// itself, then its parents; trailing_ones(sequence number) + 1 of them. This list is what the store keeps.
    void append(const Digest& leaf, std::vector<Digest>& completed);
    [[nodiscard]] TreeSize size() const { return size_; }
    [[nodiscard]] TreeHead head() const;
    /// Roots of the complete subtrees, largest first: one for each bit that is set in size().
    [[nodiscard]] const std::vector<Digest>& roots() const { return roots_; }

 private:
    const Suite* suite_;
    TreeSize size_;
    std::vector<Digest> roots_;
};

/// Audit path of leaf `index` in the tree of `size` (RFC 6962, section 2.1.1), in the RFC's order.
/// @pre index < size <= tree_size_max (asserted).
[[nodiscard]] Result<std::vector<Digest>> inclusion_proof(const Suite& suite, SequenceNumber index, TreeSize size,
                                                          const NodeReader& nodes);
/// Proof that the tree of `newer` begins with the tree of `older` (RFC 6962, section 2.1.2), in the RFC's order.
/// Empty if older is 0 or equals newer. @pre older <= newer <= tree_size_max (asserted).
[[nodiscard]] Result<std::vector<Digest>> consistency_proof(const Suite& suite, TreeSize older, TreeSize newer,
                                                            const NodeReader& nodes);
/// @return errc::not_included if the path does not rebuild the head's root, or has a length that is not the right one.
[[nodiscard]] Result<void> verify_inclusion(const Suite& suite, const Digest& leaf, SequenceNumber index,
                                            const TreeHead& head, std::span<const Digest> proof);
/// Proves that `newer` only appended to `older` (RFC 9162, section 2.1.4.2).
/// @return errc::inconsistent_tree if the proof does not rebuild both roots, or is not of the right length.
[[nodiscard]] Result<void> verify_consistency(const Suite& suite, const TreeHead& older, const TreeHead& newer,
                                              std::span<const Digest> proof);

constexpr std::size_t proof_hashes_max = 64;

}  // namespace ledger
