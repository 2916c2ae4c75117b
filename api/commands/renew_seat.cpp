#include "api/commands/enrolment.hpp"
#include "api/commands/held_seat.hpp"
#include "api/commands/license_choice.hpp"
#include "api/commands/recorded_components.hpp"
#include "api/commands/seat_commands.hpp"
#include "projections/state/lease.hpp"

namespace api::commands {
namespace {

using projections::LicenseIndex;

/// Whoever asks is the device that holds the seat. @return the actor that the events will name
ledger::Result<ledger::Actor> check_proof(const RenewSeat& command, const projections::SeatMatch& match,
                                          const Context& context) {
    const ledger::DeviceRule& rule = context.state.licenses().at(match.held.license).terms.device;
    const bool agrees =
        command.components && projections::same_device(rule, *command.components, match.seat.components);
    const ledger::Error mismatch{errc::device_mismatch, {}, {{"activation", command.id.text()}}};
    if (const auto* key = std::get_if<DeviceKeyProof>(&command.proof)) {
        ACTLEDGER_CHECK(check_device_key(match.seat, key->public_key));
        // A key that was copied to another machine.
        if (command.components && !agrees) return mismatch;
        return ledger::Actor{ledger::Actor::Kind::device, ledger::Actor::Authority::device_key, {}};
    }
    ACTLEDGER_TRY(ledger::Actor actor, admit(std::get<EnrolmentKeyProof>(command.proof).enrolment_key, context));
    if (!agrees) return mismatch;
    return actor;
}

/// The licence that a new lease is given under: the seat's own, or the one that superseded it, as long as it is valid;
/// else another one with a free seat.
ledger::Result<LicenseIndex> license_to_renew(const projections::SeatMatch& match,
                                              projections::ComponentView components, const Context& context) {
    const LicenseIndex heir = context.state.licenses().holder(match.held.license);
    if (!is_usable(heir, context)) {
        return choose_license(context.state.licenses().at(heir).product, components, context);
    }
    ACTLEDGER_CHECK(check_recognisable(heir, components, context));
    return heir;
}

bool is_due(const SeatDecision& result, const Context& context) {
    return result.renew_after && *result.renew_after <= context.judged();
}

}  // namespace

ledger::Result<SeatDecision> decide(const RenewSeat& command, const Context& context) {
    ACTLEDGER_TRY(const projections::SeatMatch match, look_up(command.id, context));
    ACTLEDGER_TRY(const ledger::Actor actor, check_proof(command, match, context));
    const projections::License& license = context.state.licenses().at(match.held.license);
    SeatDecision result;
    result.seat = match.seat;
    result.activated = match.held.activated;
    result.current = match.held.current;
    result.renew_after = projections::renew_after(match.seat, license.terms.lease);
    result.decision.rests_on = match.held.current;
    const bool due = is_due(result, context);

    if (command.components) {
        ledger::Components updated =
            updated_components(match.seat.components, *command.components, license.product, context);
        if (updated != match.seat.components) {
            result.seat.components = std::move(updated);
            result.change = SeatDecision::Change::device_changed;
            result.decision.drafts.push_back({actor, ledger::SeatDeviceChanged{result.seat}, {}});
        }
    }
    if (due) {
        ACTLEDGER_TRY(const LicenseIndex index, license_to_renew(match, result.seat.components, context));
        const ledger::LicenseTerms& terms = context.state.licenses().at(index).terms;
        const projections::Lease lease = projections::lease_from(terms.lease, context.judged());
        result.seat.license_id = terms.license_id;
        result.seat.lease_ends = lease.ends;
        result.seat.grace_ends = lease.grace_ends;
        result.renew_after = projections::renew_after(result.seat, terms.lease);
        result.change = SeatDecision::Change::renewed;
        result.decision.drafts.push_back({actor, ledger::SeatRenewed{result.seat}, {}});
    }
    if (!result.decision.drafts.empty()) {
        result.decision.drafts.back().annex = command.annex;
        result.current = {context.moment.next.value + result.decision.drafts.size() - 1};
    }
    return result;
}

}  // namespace api::commands
