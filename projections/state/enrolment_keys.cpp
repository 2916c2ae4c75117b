#include "projections/state/enrolment_keys.hpp"

#include "projections/state/state_hash.hpp"

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

void EnrolmentKeys::hash_into(StateHash& hash) const {
    hash.number(by_id_.size());
    for (const auto& [id, key] : by_id_) {
        hash.bytes(id).text(key.pool).time(key.created_at).time(key.expires).number(key.created_by.value);
        hash.number(key.revoked_by.has_value()).number(key.revoked_by.value_or(ledger::SequenceNumber{}).value);
    }
    hash.number(id_by_digest_.size());
    for (const auto& [digest, id] : id_by_digest_) hash.bytes(digest.view()).bytes(id);
}

}  // namespace projections
