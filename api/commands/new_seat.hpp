#pragma once
// api/commands/new_seat.hpp: a seat for a device that holds none: a free one, or, while seats are unclaimed since a
// loss and none is free, a short lease on one of those (docs/adr/0029-adoption.md).

#include "api/commands/seat_commands.hpp"

namespace api::commands {

/// The seat that is kept for the device, or a free one. @return what find_claim and choose_license return
[[nodiscard]] ledger::Result<SeatDecision> grant_new_seat(const ActivateSeat& command, ledger::Actor actor,
                                                          const Context& context);
/// Nothing if no licence of the product that is usable now has more unclaimed seats than it lends.
[[nodiscard]] std::optional<SeatDecision> lend_new_seat(const ActivateSeat& command, ledger::Actor actor,
                                                        const Context& context);
/// Whether a seat that is lent may be lent on.
[[nodiscard]] bool may_lend_on(projections::LicenseIndex license, const Context& context);
/// When the client begins to renew what it holds.
[[nodiscard]] std::optional<ledger::Timestamp> renew_after(const projections::SeatMatch& match, const Context& context);

}  // namespace api::commands
