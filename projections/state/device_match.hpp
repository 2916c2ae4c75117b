#pragma once
// projections/state/device_match.hpp: when two readings are of the same device: at least `match` of the kinds that the
// licence names agree, and a kind agrees when it has a value in common. docs/formats/components.md.

#include <span>

#include "ledger/core/event.hpp"
#include "ledger/license_file/license_terms.hpp"

namespace projections {

using ComponentView = std::span<const ledger::Component>;  ///< Sorted by kind, then digest; no pair twice.

/// The values of one kind.
[[nodiscard]] ComponentView of_kind(ComponentView components, std::string_view kind);

/// How many of the rule's kinds agree.
[[nodiscard]] std::uint32_t agreeing_kinds(const ledger::DeviceRule& rule, ComponentView a, ComponentView b);

[[nodiscard]] inline bool same_device(const ledger::DeviceRule& rule, ComponentView a, ComponentView b) {
    return agreeing_kinds(rule, a, b) >= rule.match;
}

/// How many of the rule's kinds there is a value of; a device with fewer than rule.match can never be recognised.
[[nodiscard]] std::uint32_t usable_kinds(const ledger::DeviceRule& rule, ComponentView components);

}  // namespace projections
