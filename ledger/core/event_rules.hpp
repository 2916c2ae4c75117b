#pragma once
// ledger/core/event_rules.hpp: which contents an event may have: lengths, alphabets, orders. What is refused here can
// neither be written nor read. The rules of quota and time are others'. Listed in docs/formats/event.md.

#include "ledger/core/event.hpp"

namespace ledger {

constexpr std::size_t actor_id_bytes_max = 64;
constexpr std::size_t public_key_bytes_max = 256;
constexpr std::size_t identifier_bytes_max = 64;  ///< Licence, product, revocation and setting names.
constexpr std::size_t component_kind_bytes_max = 32;
constexpr std::size_t pool_bytes_max = 64;
constexpr std::size_t software_version_bytes_max = 64;

/// @return errc::malformed_event; the detail names the field.
[[nodiscard]] Result<void> check_event_rules(const Event& event);
/// @return errc::malformed_annex; the detail names the field.
[[nodiscard]] Result<void> check_annex_rules(std::span<const AnnexValue> values);

}  // namespace ledger
