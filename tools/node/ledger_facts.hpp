#pragma once
// tools/node/ledger_facts.hpp: what a log says of itself at its two ends, before it is folded.

#include "ledger/core/certificate.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/core/shown_head.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "projections/state/identity.hpp"
#include "projections/state/licenses.hpp"

namespace node {

/// What never changes while the ledger is in service.
struct Facts {
    const ledger::Suite* suite = nullptr;
    ledger::LedgerCreated genesis;
    ledger::Origin origin;  ///< Of the newest event: that new ones bear.
    ledger::Certificate root;
    bool cleared = false;               ///< The newest event says that the key is destroyed.
    ledger::KeyEpochs keys;             ///< The present one signs; the vendor's hand-overs have been verified.
    ledger::Incarnations incarnations;  ///< Once the log is folded.
    /// For each that was opened, the certificates recorded before that; of a log that was lost, the first ones.
    std::vector<projections::CertificateChain> opening_chains;
    /// What was given up, by the vendor's file in the log; what was revoked, once the log is folded.
    ledger::RetiredKeys retired;

    /// As api::LedgerServices has it.
    [[nodiscard]] projections::CertificateChain replaced_key_chain() const;
};

/// Event 0, the origin that the newest event bears, and the keys.
/// @return ledger::errc::log_damaged, errc::software_too_old; errc::hand_over_wrong
[[nodiscard]] ledger::Result<Facts> read_facts(const ledger::LogReader& log);
/// @return errc::key_cleared: only a hand-over goes on from here
[[nodiscard]] ledger::Result<void> check_not_cleared(const Facts& facts);
/// Adds what is known once the log is folded.
void add_incarnations(Facts& facts, const projections::Identity& identity);
void add_revocations(Facts& facts, const projections::Licenses& licenses);

}  // namespace node
