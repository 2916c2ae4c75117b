#pragma once
// hsm/uri.hpp: names a token and a key in it: a PKCS#11 URI (RFC 7512). Knows neither PKCS#11 nor processes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/core/result.hpp"

namespace hsm {

constexpr std::size_t uri_bytes_max = 2048;

/// The attributes that this program acts on. All that are given must match; decoded from percent-encoding.
struct Uri {
    // Path attributes (RFC 7512, section 2.3), as the token itself tells them (C_GetTokenInfo).
    std::optional<std::string> token;         ///< Label; at most 32 bytes.
    std::optional<std::string> manufacturer;  ///< At most 32 bytes.
    std::optional<std::string> model;         ///< At most 16 bytes.
    std::optional<std::string> serial;        ///< At most 16 bytes.
    std::optional<std::uint64_t> slot_id;
    std::optional<std::string> object;  ///< Key label; at most 64 bytes.

    // Query attributes (section 2.4).
    std::string module_path;  ///< Absolute, or empty.
    std::string pin_source;   ///< Absolute path ("file:" taken off), or empty.

    bool operator==(const Uri&) const = default;

    /// Every attribute at most once; "type" may be given and must be "private".
    /// @return errc::uri_malformed; errc::uri_unsupported for an attribute not above (fact: attribute), so that a
    ///         misspelt one never widens the match; errc::pin_in_uri for pin-value.
    [[nodiscard]] static ledger::Result<Uri> parse(std::string_view text);
    /// parse(text()) is the same value.
    [[nodiscard]] std::string text() const;
};

}  // namespace hsm
