#pragma once
// ledger/core/event_rules.hpp: which contents an event may have: lengths, alphabets, orders. What is refused here can
// neither be written nor read. The rules of quota and time are others'. Listed in docs/formats/event.md.

#include "ledger/core/event.hpp"

namespace ledger {

constexpr std::size_t actor_id_bytes_max = 64;
constexpr std::size_t public_key_bytes_max = 256;
constexpr std::size_t certificate_bytes_max = 8'192;
constexpr std::size_t certificates_max = 4;
constexpr std::size_t identifier_bytes_max = 64;  ///< Licence, product, revocation and setting names.
constexpr std::size_t component_kind_bytes_max = 32;
constexpr std::size_t pool_bytes_max = 64;
constexpr std::size_t software_version_bytes_max = 64;
constexpr std::size_t origin_bytes_max = 43;  ///< 32, a slash, 10 digits.

/// @return errc::malformed_event; the detail names the field.
[[nodiscard]] Result<void> check_event_rules(const Event& event);

/// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates) without U+0000.
[[nodiscard]] bool is_plain_utf8(std::string_view text);
/// 32 characters of lower-case base32.
[[nodiscard]] bool is_server_id(std::string_view text);
/// "<server id>/<incarnation>", incarnation 1 to 2^32-1 without leading zeros.
[[nodiscard]] bool is_origin(std::string_view text);

}  // namespace ledger
