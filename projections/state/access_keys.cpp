#include "projections/state/access_keys.hpp"

#include <algorithm>
#include <vector>

#include "ledger/core/event_codec.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {

template <class Created, class Revoked>
void AccessKeys::apply_as(const ledger::Event& event, std::string Created::*holder) {
    if (const auto* created = std::get_if<Created>(&event.body)) {
        if (by_id_.contains(created->key_id)) return;
        const AccessKey key{created->key_id,  created->key_digest,   created->*holder, event.time,
                            created->expires, event.sequence_number, std::nullopt};
        by_id_.emplace(key.id, key);
        id_by_digest_.try_emplace(key.digest, key.id);
    } else if (const auto* revoked = std::get_if<Revoked>(&event.body)) {
        const auto found = by_id_.find(revoked->key_id);
        if (found != by_id_.end() && !found->second.revoked_by) found->second.revoked_by = event.sequence_number;
    }
}

void AccessKeys::apply(const ledger::Event& event) {
    switch (use_) {
        case KeyUse::enrolment:
            return apply_as<ledger::EnrolmentKeyCreated, ledger::EnrolmentKeyRevoked>(
                event, &ledger::EnrolmentKeyCreated::pool);
        case KeyUse::log:
            return apply_as<ledger::LogKeyCreated, ledger::LogKeyRevoked>(event, &ledger::LogKeyCreated::reader);
    }
}

const AccessKey* AccessKeys::find(const ledger::Digest& key_digest) const {
    const auto found = id_by_digest_.find(key_digest);
    return found == id_by_digest_.end() ? nullptr : find(found->second);
}

const AccessKey* AccessKeys::find(const AccessKeyId& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

void AccessKeys::write(StateWriter& out) const {
    out.number(by_id_.size());
    for (const auto& [id, key] : by_id_) {
        out.fixed(id).fixed(key.digest.view()).text(key.holder).time(key.created_at).time(key.expires);
        out.event(key.created_by).number(key.revoked_by ? key.revoked_by->value + 1 : 0);
    }
}

void AccessKeys::read(StateReader& in) {
    const std::uint64_t keys = in.number(in.events());
    std::vector<const AccessKey*> made;
    for (std::uint64_t i = 0; i < keys && in.ok(); ++i) {
        AccessKey key;
        in.fixed(key.id);
        in.fixed(key.digest.bytes);
        key.holder = in.text(ledger::event_bytes_max);
        key.created_at = in.time();
        key.expires = in.time();
        key.created_by = in.event();
        const std::uint64_t revoked = in.number(in.events());
        if (revoked != 0) key.revoked_by = {revoked - 1};
        in.require(by_id_.empty() || by_id_.rbegin()->first < key.id, "access keys are not in order");
        made.push_back(&by_id_.emplace_hint(by_id_.end(), key.id, key)->second);
    }
    std::ranges::sort(made, {}, [](const AccessKey* key) { return key->created_by; });
    for (const AccessKey* key : made) id_by_digest_.try_emplace(key->digest, key->id);
}

}  // namespace projections
