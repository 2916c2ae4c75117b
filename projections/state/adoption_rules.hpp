#pragma once
// projections/state/adoption_rules.hpp: what is true of adopting, lending and freeing seats, shared by those who decide
// and those who judge. Pure. Rules: docs/formats/event.md, "Adoption"; why: docs/adr/0029-adoption.md.

#include "ledger/core/adoption_proof.hpp"
#include "projections/state/lease.hpp"
#include "projections/state/ledger_state.hpp"

namespace projections {

/// What the ledger has of an activation, held against a proof of it.
enum class ProofStanding {
    unknown,   ///< Nothing as new as the proof: it can be adopted.
    pending,   ///< This proof waits for an administrator.
    held,      ///< The seat is held, and this proof, or the very event that it proves, is what it is held by.
    older,     ///< The seat is held by something newer.
    released,  ///< The seat was given back, or has run out, since.
    refused,   ///< An administrator refused it.
};
/// @return what `source` returns when reading fails
[[nodiscard]] ledger::Result<ProofStanding> stand_of(const LedgerState& state, const SeatSource& source,
                                                     const ledger::ProvenSeat& proven);

/// What is proven is a seat that was lent: it stood on somebody else's, and is no right to one.
[[nodiscard]] bool is_loan(const ledger::ProvenSeat& proven);

/// The lease of a seat that is adopted now: a new one, or, while its licence is out of its dates, the one it had.
[[nodiscard]] Lease adopted_lease(const Licenses& licenses, LicenseIndex holder, const ledger::Seat& proven,
                                  ledger::Timestamp judged, bool in_doubt);
/// The lease of a seat that is lent now.
[[nodiscard]] Lease lent_lease(const Settings& settings, ledger::Timestamp judged);
/// When half of it is over.
[[nodiscard]] ledger::Timestamp renew_lent_after(const Settings& settings, const ledger::Seat& seat);
/// From when on what is unclaimed may be freed; nothing if nothing was ever lost, or until an event bears a time that
/// is to be believed.
[[nodiscard]] std::optional<ledger::Timestamp> free_after(const LedgerState& state);

}  // namespace projections
