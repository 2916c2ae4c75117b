#pragma once
// ledger/store_write/sealed_group.hpp: a commit group whose head is signed: its events, and proofs for them from
// memory. Knows no storage.

#include "ledger/store_write/log_engine.hpp"

namespace ledger {

/// Immutable; shared by the receipts of the group, usable from several threads. Held as long as somebody answers.
class SealedGroup final : private NodeReader {
 public:
    /// @param edge    roots of the complete subtrees before the group (Frontier::roots).
    /// @param events  dense from `first` on, each with its completed nodes.
    /// @param head    covers exactly first + events.
    SealedGroup(const Suite& suite, SequenceNumber first, std::vector<Digest> edge, std::vector<StoredEvent> events,
                TreeHead head, std::string note);

    [[nodiscard]] SequenceNumber first() const { return first_; }
    [[nodiscard]] std::span<const StoredEvent> events() const { return events_; }
    [[nodiscard]] const TreeHead& tree_head() const { return tree_head_; }
    [[nodiscard]] const ReleasedHead& head() const { return head_; }  ///< Size and signed note.
    [[nodiscard]] bool holds(SequenceNumber index) const {
        return index >= first_ && size_through(index) <= head_.size;
    }

    /// @pre holds(index), asserted in all of these.
    [[nodiscard]] ByteView event(SequenceNumber index) const;
    [[nodiscard]] ByteView annex(SequenceNumber index) const;  ///< encode_annex, or empty.
    /// Audit path under tree_head(); computed on the caller's thread, without reads (RFC 6962, section 2.1.1).
    [[nodiscard]] std::vector<Digest> inclusion_proof(SequenceNumber index) const;

 private:
    [[nodiscard]] Result<Digest> node(NodeId id) const override;

    const Suite* suite_;
    SequenceNumber first_;
    std::vector<Digest> edge_;
    std::vector<StoredEvent> events_;
    TreeHead tree_head_;
    ReleasedHead head_;
};

}  // namespace ledger
