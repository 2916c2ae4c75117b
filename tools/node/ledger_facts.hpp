#pragma once
// tools/node/ledger_facts.hpp: what a log says of itself at its two ends, before it is folded.

#include "ledger/core/certificate.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "projections/state/identity.hpp"

namespace node {

/// What never changes while the ledger is in service.
struct Facts {
    const ledger::Suite* suite = nullptr;
    ledger::LedgerCreated genesis;
    ledger::Origin origin;  ///< Of the newest event: that new ones bear.
    ledger::Certificate root;
    ledger::Incarnations incarnations;  ///< Once the log is folded.
    /// For each that was opened, the certificates recorded before that; of a log that was lost, the first ones.
    std::vector<projections::CertificateChain> opening_chains;
};

/// Event 0, and the origin that the newest event bears.
/// @return ledger::errc::log_damaged, errc::software_too_old
[[nodiscard]] ledger::Result<Facts> read_facts(const ledger::LogReader& log);
/// Adds what is known once the log is folded.
void add_incarnations(Facts& facts, const projections::Identity& identity);

}  // namespace node
