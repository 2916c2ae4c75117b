#pragma once
// ledger/store_write/group_builder.hpp: makes a commit group: numbers, encodes and hashes drafts, and states the head
// that is to be signed. Knows neither storage nor threads.

#include "ledger/core/checkpoint.hpp"
#include "ledger/store_write/sealed_group.hpp"

namespace ledger {

/// A closed group that waits for its signature. It is never undone: signing is tried until it succeeds.
class UnsignedGroup {
 public:
    UnsignedGroup(const Suite& suite, Origin origin, SequenceNumber first, std::vector<Digest> edge,
                  std::vector<StoredEvent> events, TreeHead head);
    [[nodiscard]] SequenceNumber first() const { return first_; }
    /// Blocks as the signer does; may be called again after a failure, always for the same head. Takes the events out.
    [[nodiscard]] Result<std::shared_ptr<const SealedGroup>> sign(Signer& signer);

 private:
    const Suite* suite_;
    Origin origin_;
    SequenceNumber first_;
    std::vector<Digest> edge_;
    std::vector<StoredEvent> events_;
    TreeHead head_;
};

/// One thread. Builds one group after the other on the same tree.
class GroupBuilder {
 public:
    /// @param edge  the tree that the first group goes on.
    GroupBuilder(const Suite& suite, const Origin& origin, Frontier edge);

    /// Adds all drafts, or none. @return the events as they were numbered; errc::too_large (beyond the limits of an
    /// event, an annex value or a decision), malformed_event (a draft breaks the rules of events).
    [[nodiscard]] Result<std::vector<Event>> add(std::vector<EventDraft> drafts, Timestamp time);

    [[nodiscard]] bool empty() const { return events_.empty(); }
    [[nodiscard]] std::size_t event_count() const { return events_.size(); }
    [[nodiscard]] std::size_t content_bytes() const { return content_bytes_; }
    [[nodiscard]] SequenceNumber first() const { return first_; }
    [[nodiscard]] SequenceNumber next() const { return next_of(frontier_.size()); }

    /// Closes the group and begins the next one. @pre !empty(), asserted.
    [[nodiscard]] UnsignedGroup close();

 private:
    const Suite& suite_;
    Origin origin_;
    std::string origin_text_;
    Frontier frontier_;
    SequenceNumber first_;
    std::vector<Digest> edge_;
    std::vector<StoredEvent> events_;
    std::size_t content_bytes_ = 0;
};

}  // namespace ledger
