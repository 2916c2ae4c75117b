#pragma once
// projections/state/identity.hpp: who this ledger is: what event 0 said, and the certificates of its key.

#include <optional>

#include "ledger/core/event.hpp"

namespace projections {

class StateHash;

/// Empty until event 0 is folded.
class Identity {
 public:
    /// What event 0 said, or nullptr before it.
    [[nodiscard]] const ledger::LedgerCreated* genesis() const { return genesis_ ? &*genesis_ : nullptr; }
    /// The newest chain over the server's key, leaf first, without the root; empty until the first licence.
    [[nodiscard]] const std::vector<ledger::Bytes>& certificates() const { return certificates_; }
    /// Where it was recorded; meaningless while certificates() is empty.
    [[nodiscard]] ledger::SequenceNumber certified_at() const { return certified_at_; }
    /// The signing key's reign, from 1. Grows with the events that hand over to a new key.
    [[nodiscard]] std::uint32_t key_epoch() const { return key_epoch_; }
    /// The origin of the newest event, "<server id>/<incarnation>".
    [[nodiscard]] const std::string& origin() const { return origin_; }

    void apply(const ledger::Event& event);
    void hash_into(StateHash& hash) const;

 private:
    std::optional<ledger::LedgerCreated> genesis_;
    std::vector<ledger::Bytes> certificates_;
    ledger::SequenceNumber certified_at_;
    std::uint32_t key_epoch_ = 1;
    std::string origin_;
};

}  // namespace projections
