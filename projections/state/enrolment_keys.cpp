#include "projections/state/enrolment_keys.hpp"

#include "ledger/core/event_codec.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {

void EnrolmentKeys::apply(const ledger::Event& event) {
    if (const auto* created = std::get_if<ledger::EnrolmentKeyCreated>(&event.body)) {
        const bool is_new =
            by_id_
                .try_emplace(created->key_id, EnrolmentKey{created->key_id, created->pool, event.time, created->expires,
                                                           event.sequence_number, std::nullopt})
                .second;
        if (is_new) id_by_digest_.try_emplace(created->key_digest, created->key_id);
    } else if (const auto* revoked = std::get_if<ledger::EnrolmentKeyRevoked>(&event.body)) {
        const auto found = by_id_.find(revoked->key_id);
        if (found != by_id_.end() && !found->second.revoked_by) found->second.revoked_by = event.sequence_number;
    }
}

const EnrolmentKey* EnrolmentKeys::find(const ledger::Digest& key_digest) const {
    const auto found = id_by_digest_.find(key_digest);
    return found == id_by_digest_.end() ? nullptr : find(found->second);
}

const EnrolmentKey* EnrolmentKeys::find(const EnrolmentKeyId& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

void EnrolmentKeys::write(StateWriter& out) const {
    out.number(by_id_.size());
    for (const auto& [id, key] : by_id_) {
        out.fixed(id).text(key.pool).time(key.created_at).time(key.expires).event(key.created_by);
        out.number(key.revoked_by ? key.revoked_by->value + 1 : 0);
    }
    out.number(id_by_digest_.size());
    for (const auto& [digest, id] : id_by_digest_) out.fixed(digest.view()).fixed(id);
}

void EnrolmentKeys::read(StateReader& in) {
    const std::uint64_t keys = in.number(in.events());
    for (std::uint64_t i = 0; i < keys && in.ok(); ++i) {
        EnrolmentKey key;
        in.fixed(key.id);
        key.pool = in.text(ledger::event_bytes_max);
        key.created_at = in.time();
        key.expires = in.time();
        key.created_by = in.event();
        const std::uint64_t revoked = in.number(in.events());
        if (revoked != 0) key.revoked_by = {revoked - 1};
        in.require(by_id_.empty() || by_id_.rbegin()->first < key.id, "enrolment keys are not in order");
        by_id_.emplace_hint(by_id_.end(), key.id, key);
    }
    const std::uint64_t digests = in.number(keys);
    for (std::uint64_t i = 0; i < digests && in.ok(); ++i) {
        ledger::Digest digest;
        EnrolmentKeyId id{};
        in.fixed(digest.bytes);
        in.fixed(id);
        in.require(id_by_digest_.empty() || id_by_digest_.rbegin()->first < digest, "digests are not in order");
        in.require(by_id_.contains(id), "a digest of no enrolment key");
        id_by_digest_.emplace_hint(id_by_digest_.end(), digest, id);
    }
}

}  // namespace projections
