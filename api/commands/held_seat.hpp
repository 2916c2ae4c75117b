#pragma once
// api/commands/held_seat.hpp: a seat looked up by its activation id, for those who act on it.

#include "api/commands/context.hpp"

namespace api::commands {

/// @return errc::activation_unknown
[[nodiscard]] ledger::Error activation_unknown(const ledger::ActivationId& id);

/// The seat and what its newest event says.
/// @return errc::activation_unknown, activation_released, what reading the log returns
[[nodiscard]] ledger::Result<projections::SeatMatch> look_up(const ledger::ActivationId& id, const Context& context);

/// @return errc::device_mismatch unless `public_key` is the seat's
[[nodiscard]] ledger::Result<void> check_device_key(const ledger::Seat& seat, const ledger::Bytes& public_key);

}  // namespace api::commands
