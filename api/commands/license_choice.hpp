#pragma once
// api/commands/license_choice.hpp: which licence a seat is taken from (invariant L4). ADR:
// docs/adr/0012-license-stacking.md.

#include "api/commands/context.hpp"
#include "projections/state/device_match.hpp"

namespace api::commands {

/// Live, and within its dates or time is in doubt.
[[nodiscard]] bool is_usable(projections::LicenseIndex license, const Context& context);

/// A licence of the product that is usable now, can recognise the device, has a seat free and reserved: the one that
/// ends first, ties by the lowest id. In doubt, those within their dates come before those that are not. Says to the
/// anchor's keeper that the seat is wanted.
/// @return errc::no_valid_license, device_components_insufficient, seats_not_reserved, quota_reached
[[nodiscard]] ledger::Result<projections::LicenseIndex> choose_license(projections::ProductIndex product,
                                                                       projections::ComponentView components,
                                                                       const Context& context);

/// @return errc::device_components_insufficient when fewer kinds are there than the licence needs to agree
[[nodiscard]] ledger::Result<void> check_recognisable(projections::LicenseIndex license,
                                                      projections::ComponentView components, const Context& context);

}  // namespace api::commands
