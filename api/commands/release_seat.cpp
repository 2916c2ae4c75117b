#include "api/commands/held_seat.hpp"
#include "api/commands/new_seat.hpp"
#include "api/commands/seat_commands.hpp"

namespace api::commands {
namespace {

/// What is known of a seat that was lately given back.
ledger::Result<SeatDecision> given_back(const ledger::ActivationId& id, const Context& context) {
    const projections::ReleasedSeat* released = context.state.seats().find_released(id);
    if (released == nullptr) return activation_unknown(id);
    SeatDecision result;
    ACTLEDGER_TRY(result.seat, context.seats.seat(released->current));
    result.change = SeatDecision::Change::released;
    result.activated = released->activated;
    result.current = released->current;
    result.decision.rests_on = released->released_by;
    return result;
}

ledger::Result<ledger::Actor> check_proof(const ReleaseSeat& command, const ledger::Seat& seat) {
    if (const auto* person = std::get_if<OperatorProof>(&command.proof)) return person->actor;
    ACTLEDGER_CHECK(check_device_key(seat, std::get<DeviceKeyProof>(command.proof).public_key));
    return ledger::Actor{ledger::Actor::Kind::device, ledger::Actor::Authority::device_key, {}};
}

}  // namespace

ledger::Result<SeatDecision> decide(const ReleaseSeat& command, const Context& context) {
    if (!context.state.seats().find(command.id)) {
        ACTLEDGER_TRY(SeatDecision result, given_back(command.id, context));
        ACTLEDGER_TRY([[maybe_unused]] const ledger::Actor actor, check_proof(command, result.seat));
        return result;
    }
    ACTLEDGER_TRY(projections::SeatMatch match, look_up(command.id, context));
    ACTLEDGER_TRY(ledger::Actor actor, check_proof(command, match.seat));
    SeatDecision result;
    result.change = SeatDecision::Change::released;
    result.seat = std::move(match.seat);
    result.activated = match.held.activated;
    result.current = match.held.current;
    result.decision.drafts.push_back({std::move(actor), ledger::SeatReleased{command.id}, {}});
    return result;
}

ledger::Result<SeatDecision> decide(const FindSeat& command, const Context& context) {
    if (!context.state.seats().find(command.id)) return given_back(command.id, context);
    ACTLEDGER_TRY(projections::SeatMatch match, look_up(command.id, context));
    SeatDecision result;
    result.standing = match.held.standing;
    result.renew_after = renew_after(match, context);
    result.seat = std::move(match.seat);
    result.activated = match.held.activated;
    result.current = match.held.current;
    result.decision.rests_on = match.held.current;
    return result;
}

}  // namespace api::commands
