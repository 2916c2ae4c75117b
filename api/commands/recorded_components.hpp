#pragma once
// api/commands/recorded_components.hpp: which of the components that a desktop sends stand in its seat's events: those
// of kinds that a licence of the product names, and no others. docs/formats/components.md.

#include "api/commands/context.hpp"
#include "projections/state/device_match.hpp"

namespace api::commands {

/// For a new seat. Sorted, as they come.
[[nodiscard]] ledger::Components recorded_components(projections::ComponentView sent, projections::ProductIndex product,
                                                     const Context& context);

/// For a seat that is held: a kind that was sent replaces what was recorded of it, a kind that was not sent stays.
/// Equal to `recorded` when nothing has changed.
[[nodiscard]] ledger::Components updated_components(projections::ComponentView recorded,
                                                    projections::ComponentView sent, projections::ProductIndex product,
                                                    const Context& context);

}  // namespace api::commands
