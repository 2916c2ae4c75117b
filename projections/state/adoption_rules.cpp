#include "projections/state/adoption_rules.hpp"

#include "ledger/core/errc.hpp"

namespace projections {
namespace {

/// Whether event `rank.index` of the log is the very one. Two histories may have been under one origin.
ledger::Result<bool> is_in_log(const LedgerState& state, const SeatSource& source, const ledger::ProvenSeat& proven) {
    const ledger::Incarnations& incarnations = state.identity().incarnations();
    if (!incarnations.has_kept(proven.rank.incarnation, proven.rank.index)) return false;
    if (proven.rank.index.value >= state.size().value) return false;
    const auto kept = source.seat(proven.rank.index);
    if (!kept && kept.error().code == ledger::errc::not_found) return false;
    if (!kept) return kept.error();
    return *kept == proven.seat();
}

}  // namespace

ledger::Result<ProofStanding> stand_of(const LedgerState& state, const SeatSource& source,
                                       const ledger::ProvenSeat& proven) {
    const ledger::ActivationId& id = proven.seat().activation_id;
    const auto held = state.seats().find(id);
    const Adoption* const adoption = state.adoptions().find(id);
    if (adoption != nullptr && proven.rank <= adoption->rank) {
        if (adoption->standing == Adoption::Standing::refused) return ProofStanding::refused;
        if (adoption->standing == Adoption::Standing::pending) return ProofStanding::pending;
        if (!held) return ProofStanding::released;
        return proven.rank < adoption->rank ? ProofStanding::older : ProofStanding::held;
    }
    if (state.seats().find_released(id) != nullptr) return ProofStanding::released;
    ACTLEDGER_TRY(const bool in_log, is_in_log(state, source, proven));
    if (!held) return in_log ? ProofStanding::released : ProofStanding::unknown;
    // What it is held by is an older proof, and nothing has happened to it since.
    const bool by_proof = held->standing == SeatStanding::unconfirmed || held->standing == SeatStanding::collected;
    if (by_proof && !in_log) return ProofStanding::unknown;
    const ledger::SeatRank present{state.identity().incarnations().number_of(held->current), held->current};
    if (in_log && present == proven.rank) return ProofStanding::held;
    if (in_log || proven.rank < present) return ProofStanding::older;
    return ProofStanding::unknown;
}

bool is_loan(const ledger::ProvenSeat& proven) { return std::holds_alternative<ledger::SeatLent>(proven.event.body); }

Lease adopted_lease(const Licenses& licenses, LicenseIndex holder, const ledger::Seat& proven, ledger::Timestamp judged,
                    bool in_doubt) {
    if (!in_doubt && !licenses.valid_at(holder, judged)) return {proven.lease_ends, proven.grace_ends};
    return lease_from(licenses.at(holder).terms.lease, judged);
}

Lease lent_lease(const Settings& settings, ledger::Timestamp judged) {
    const ledger::Timestamp ends = judged + ledger::day * settings.provisional_lease_days();
    return {ends, ends};
}

ledger::Timestamp renew_lent_after(const Settings& settings, const ledger::Seat& seat) {
    return seat.lease_ends - ledger::hour * (settings.provisional_lease_days() * std::int64_t{12});
}

std::optional<ledger::Timestamp> free_after(const LedgerState& state) {
    const auto since = state.seats().unclaimed().since();
    if (!since) return std::nullopt;
    return state.time().judged(*since) + ledger::day * state.settings().unclaimed_free_after_days();
}

}  // namespace projections
