#pragma once
// ledger/core/device_components.hpp: from what a desktop says of its hardware to the salted hashes that events hold.
// The server and every verifier must come to the same bytes. Rules and placeholder list: docs/formats/components.md.

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/core/event.hpp"

namespace ledger {

/// A component as a desktop reads it. Personal data: never logged, never stored.
struct RawComponent {
    std::string kind;   ///< 1 to 32 of a-z 0-9 _
    std::string value;  ///< UTF-8, at most component_value_bytes_max.
};

constexpr std::size_t component_value_bytes_max = 255;

using DeviceSalt = std::array<std::uint8_t, 32>;

/// The one spelling that is hashed: trimmed, lower case, separators of MAC addresses and UUIDs made equal.
/// @return nothing for a placeholder that says nothing of this device ("To be filled by O.E.M.", 00:00:00:00:00:00).
[[nodiscard]] std::optional<std::string> normalise_component(std::string_view kind, std::string_view value);

/// hash(salt || kind || 0x00 || normalised value)
[[nodiscard]] Digest component_digest(const Suite& suite, const DeviceSalt& salt, std::string_view kind,
                                      std::string_view normalised);

/// Normalises and hashes what a desktop sent: placeholders dropped, sorted by kind and digest, each pair once. May be
/// empty, if all were placeholders.
/// @param raw  1 to components_max of them.
/// @return errc::malformed_component (facts: kind, which is a number if the name is not one) for a wrong count, kind or
///         value.
[[nodiscard]] Result<Components> hash_components(const Suite& suite, const DeviceSalt& salt,
                                                 std::span<const RawComponent> raw);

}  // namespace ledger
