#pragma once
// projections/state/access_keys.hpp: keys that administrators make for others: enrolment keys, with which desktops of a
// pool enrol, and log keys, with which the log is read under /log/ (docs/adr/0031-log-readers.md). Only hashes of their
// texts are known.

#include <array>
#include <map>
#include <optional>

#include "ledger/core/event.hpp"

namespace projections {

class StateReader;
class StateWriter;

enum class KeyUse : std::uint8_t { enrolment, log };

using AccessKeyId = std::array<std::uint8_t, 16>;

struct AccessKey {
    AccessKeyId id{};
    ledger::Digest digest;         ///< Of the key's text.
    std::string holder;            ///< The pool that enrols with it, or who reads with it; for people.
    ledger::Timestamp created_at;  ///< Event time.
    ledger::Timestamp expires;     ///< Judged time; 0: never.
    ledger::SequenceNumber created_by;
    std::optional<ledger::SequenceNumber> revoked_by;
};

/// All keys of one use.
class AccessKeys {
 public:
    explicit AccessKeys(KeyUse use) : use_(use) {}
    /// Total: a key that is there already, and the revocation of one that is not, are passed over.
    void apply(const ledger::Event& event);
    /// By the hash of the key's text; also a revoked or expired one.
    [[nodiscard]] const AccessKey* find(const ledger::Digest& key_digest) const;
    [[nodiscard]] const AccessKey* find(const AccessKeyId& id) const;
    [[nodiscard]] const std::map<AccessKeyId, AccessKey>& all() const { return by_id_; }
    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    template <class Created, class Revoked>
    void apply_as(const ledger::Event& event, std::string Created::*holder);

    KeyUse use_;
    std::map<AccessKeyId, AccessKey> by_id_;
    std::map<ledger::Digest, AccessKeyId> id_by_digest_;  ///< Of keys with one digest the one that was made first.
};

}  // namespace projections
