#include "api/commands/held_seat.hpp"

#include "ledger/core/time_text.hpp"

namespace api::commands {

ledger::Error activation_unknown(const ledger::ActivationId& id) {
    return {errc::activation_unknown, {}, {{"activation", id.text()}}};
}

ledger::Result<projections::SeatMatch> look_up(const ledger::ActivationId& id, const Context& context) {
    const auto held = context.state.seats().find(id);
    if (!held) {
        const projections::ReleasedSeat* released = context.state.seats().find_released(id);
        if (released == nullptr) return activation_unknown(id);
        const std::string at = ledger::time_text(context.state.time().judged(released->released_at));
        return ledger::Error{errc::activation_released, {}, {{"activation", id.text()}, {"released_at", at}}};
    }
    ACTLEDGER_TRY(ledger::Seat seat, context.seats.seat(held->current));
    return projections::SeatMatch{*held, std::move(seat)};
}

ledger::Result<void> check_device_key(const ledger::Seat& seat, const ledger::Bytes& public_key) {
    if (seat.device_public_key == public_key) return {};
    return ledger::Error{errc::device_mismatch, {}, {{"activation", seat.activation_id.text()}}};
}

}  // namespace api::commands
