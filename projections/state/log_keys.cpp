#include "projections/state/log_keys.hpp"

#include <algorithm>
#include <vector>

#include "ledger/core/event_codec.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {

void LogKeys::apply(const ledger::Event& event) {
    if (const auto* created = std::get_if<ledger::LogKeyCreated>(&event.body)) {
        if (by_id_.contains(created->key_id)) return;
        const LogKey key{created->key_id,  created->key_digest,   created->reader, event.time,
                         created->expires, event.sequence_number, std::nullopt};
        by_id_.emplace(key.id, key);
        id_by_digest_.try_emplace(key.digest, key.id);
    } else if (const auto* revoked = std::get_if<ledger::LogKeyRevoked>(&event.body)) {
        const auto found = by_id_.find(revoked->key_id);
        if (found != by_id_.end() && !found->second.revoked_by) found->second.revoked_by = event.sequence_number;
    }
}

const LogKey* LogKeys::find(const ledger::Digest& key_digest) const {
    const auto found = id_by_digest_.find(key_digest);
    return found == id_by_digest_.end() ? nullptr : find(found->second);
}

const LogKey* LogKeys::find(const LogKeyId& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

void LogKeys::write(StateWriter& out) const {
    out.number(by_id_.size());
    for (const auto& [id, key] : by_id_) {
        out.fixed(id).fixed(key.digest.view()).text(key.reader).time(key.created_at).time(key.expires);
        out.event(key.created_by).number(key.revoked_by ? key.revoked_by->value + 1 : 0);
    }
}

void LogKeys::read(StateReader& in) {
    const std::uint64_t keys = in.number(in.events());
    std::vector<const LogKey*> made;
    for (std::uint64_t i = 0; i < keys && in.ok(); ++i) {
        LogKey key;
        in.fixed(key.id);
        in.fixed(key.digest.bytes);
        key.reader = in.text(ledger::event_bytes_max);
        key.created_at = in.time();
        key.expires = in.time();
        key.created_by = in.event();
        const std::uint64_t revoked = in.number(in.events());
        if (revoked != 0) key.revoked_by = {revoked - 1};
        in.require(by_id_.empty() || by_id_.rbegin()->first < key.id, "log keys are not in order");
        made.push_back(&by_id_.emplace_hint(by_id_.end(), key.id, key)->second);
    }
    std::ranges::sort(made, {}, [](const LogKey* key) { return key->created_by; });
    for (const LogKey* key : made) id_by_digest_.try_emplace(key->digest, key->id);
}

}  // namespace projections
