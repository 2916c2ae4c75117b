#pragma once
// projections/state/log_keys.hpp: the keys with which the log is read under /log/. Only hashes of them are known.
// Why keys: docs/adr/0031-log-readers.md.

#include <array>
#include <map>
#include <optional>

#include "ledger/core/event.hpp"

namespace projections {

class StateReader;
class StateWriter;

using LogKeyId = std::array<std::uint8_t, 16>;

struct LogKey {
    LogKeyId id{};
    ledger::Digest digest;         ///< Of the key's text.
    std::string reader;            ///< Who reads with it, for people.
    ledger::Timestamp created_at;  ///< Event time.
    ledger::Timestamp expires;     ///< Judged time; 0: never.
    ledger::SequenceNumber created_by;
    std::optional<ledger::SequenceNumber> revoked_by;
};

class LogKeys {
 public:
    /// Total: a key that is there already, and the revocation of one that is not, are passed over.
    void apply(const ledger::Event& event);
    /// By the hash of the key's text; also a revoked or expired one.
    [[nodiscard]] const LogKey* find(const ledger::Digest& key_digest) const;
    [[nodiscard]] const LogKey* find(const LogKeyId& id) const;
    [[nodiscard]] const std::map<LogKeyId, LogKey>& all() const { return by_id_; }
    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    std::map<LogKeyId, LogKey> by_id_;
    std::map<ledger::Digest, LogKeyId> id_by_digest_;  ///< Of keys with one digest the one that was made first.
};

}  // namespace projections
