#include "ledger/store_write/group_builder.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_write/decider.hpp"

namespace ledger {

UnsignedGroup::UnsignedGroup(const Suite& suite, Origin origin, SequenceNumber first, std::vector<Digest> edge,
                             std::vector<StoredEvent> events, TreeHead head)
    : suite_(&suite),
      origin_(std::move(origin)),
      first_(first),
      edge_(std::move(edge)),
      events_(std::move(events)),
      head_(head) {}

Result<std::shared_ptr<const SealedGroup>> UnsignedGroup::sign(Signer& signer) {
    ACTLEDGER_TRY(std::string note, sign_note(*suite_, Checkpoint{origin_, head_}.body(), origin_.text(), signer));
    return std::make_shared<const SealedGroup>(*suite_, first_, std::move(edge_), std::move(events_), head_,
                                               std::move(note));
}

GroupBuilder::GroupBuilder(const Suite& suite, const Origin& origin, Frontier edge)
    : suite_(suite),
      origin_(origin),
      origin_text_(origin.text()),
      frontier_(std::move(edge)),
      first_(next_of(frontier_.size())),
      edge_(frontier_.roots()) {}

Result<std::vector<Event>> GroupBuilder::add(std::vector<EventDraft> drafts, Timestamp time) {
    std::vector<Event> numbered;
    std::vector<StoredEvent> stored;
    numbered.reserve(drafts.size());
    stored.reserve(drafts.size());
    SequenceNumber number = next();
    std::size_t bytes = 0;
    for (EventDraft& draft : drafts) {
        Event event{number, time, origin_text_, std::move(draft.actor), {}, std::move(draft.body)};
        for (const AnnexValue& value : draft.annex) {
            if (value.value.size() > annex_value_bytes_max) return Error{errc::too_large, "annex value"};
            event.commitments.push_back({value.field, commitment_digest(suite_, value)});
        }
        StoredEvent entry;
        ACTLEDGER_TRY(entry.event, encode_event(event));
        if (!draft.annex.empty()) entry.annex = encode_annex(draft.annex);
        if (const auto* erased = std::get_if<AnnexErased>(&event.body)) entry.erases = *erased;
        bytes += entry.event.size() + entry.annex.size();
        stored.push_back(std::move(entry));
        numbered.push_back(std::move(event));
        ++number.value;
    }
    if (bytes > Decision::bytes_max) return Error{errc::too_large, "a decision of " + std::to_string(bytes) + " bytes"};
    for (StoredEvent& entry : stored) {
        frontier_.append(suite_.hash_leaf(entry.event), entry.completed);
        events_.push_back(std::move(entry));
    }
    content_bytes_ += bytes;
    return numbered;
}

UnsignedGroup GroupBuilder::close() {
    ACTLEDGER_ASSERT(!empty());
    UnsignedGroup closed(suite_, origin_, first_, std::move(edge_), std::move(events_), frontier_.head());
    first_ = next();
    edge_ = frontier_.roots();
    events_ = {};
    content_bytes_ = 0;
    return closed;
}

}  // namespace ledger
