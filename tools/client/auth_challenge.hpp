#pragma once
// tools/client/auth_challenge.hpp: the server's challenge in WWW-Authenticate (RFC 9110, section 11.6.1; HTTP
// contract).

#include <optional>
#include <string>
#include <string_view>

namespace client {

constexpr std::size_t challenge_header_bytes_max = 4'096;
constexpr std::size_t challenge_bytes_max = 512;

/// The challenge of scheme "Device" with algorithm "ES256". Other schemes in the same header (Bearer) are passed over.
/// @param header  `Device challenge="<base64url>", algorithm="ES256"`, in any order, quoted or not.
/// @return nothing if there is none, an unknown algorithm, a parameter twice, or a character that base64url does not
///         have; never guesses.
[[nodiscard]] std::optional<std::string> parse_device_challenge(std::string_view header);

/// `Device challenge="…", signature="…"`
[[nodiscard]] std::string device_authorization(std::string_view challenge, std::string_view signature_base64);

}  // namespace client
