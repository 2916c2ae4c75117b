#pragma once
// projections/state/enrolment_keys.hpp: the keys with which desktops of a pool enrol. Only hashes of them are known.

#include <array>
#include <map>
#include <optional>

#include "ledger/core/event.hpp"

namespace projections {

class StateReader;
class StateWriter;

using EnrolmentKeyId = std::array<std::uint8_t, 16>;

struct EnrolmentKey {
    EnrolmentKeyId id{};
    std::string pool;
    ledger::Timestamp created_at;  ///< Event time.
    ledger::Timestamp expires;     ///< Judged time; 0: never.
    ledger::SequenceNumber created_by;
    std::optional<ledger::SequenceNumber> revoked_by;
};

class EnrolmentKeys {
 public:
    void apply(const ledger::Event& event);
    /// By the hash of the key's text; also a revoked or expired one.
    [[nodiscard]] const EnrolmentKey* find(const ledger::Digest& key_digest) const;
    [[nodiscard]] const EnrolmentKey* find(const EnrolmentKeyId& id) const;
    [[nodiscard]] const std::map<EnrolmentKeyId, EnrolmentKey>& all() const { return by_id_; }
    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    std::map<EnrolmentKeyId, EnrolmentKey> by_id_;
    std::map<ledger::Digest, EnrolmentKeyId> id_by_digest_;
};

}  // namespace projections
