#pragma once
// ledger/core/bytes.hpp: byte strings, digests, and their one text form (strict base64 and lower-case hex).

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/core/result.hpp"

namespace ledger {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline Bytes copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
[[nodiscard]] inline bool equal(ByteView a, ByteView b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// A hash value of the ledger's suite: 32 bytes (SHA-256; SM3 has the same length). Value type.
struct Digest {
    static constexpr std::size_t size_bytes = 32;
    std::array<std::uint8_t, size_bytes> bytes{};

    [[nodiscard]] ByteView view() const { return bytes; }
    /// @return nothing but a copy: asserts that `view` has 32 bytes. Check lengths of foreign data first.
    [[nodiscard]] static Digest from(ByteView view);
    auto operator<=>(const Digest&) const = default;
};

/// RFC 4648 section 4, with padding.
[[nodiscard]] std::string base64_encode(ByteView bytes);
/// Appends to `out`; for the hot path.
void base64_append(std::string& out, ByteView bytes);
/// Canonical only: padding complete, unused bits zero, no white space.
/// @return errc::not_canonical for anything that base64_encode would not have written.
[[nodiscard]] Result<Bytes> base64_decode(std::string_view text);

[[nodiscard]] std::string hex_encode(ByteView bytes);           ///< Lower case.
[[nodiscard]] Result<Bytes> hex_decode(std::string_view text);  ///< Lower case only; errc::not_canonical.

/// ASCII digits without sign and without leading zeros, up to 2^64-1. @return errc::not_canonical for anything else
[[nodiscard]] Result<std::uint64_t> decimal_decode(std::string_view text);

/// RFC 4648 section 6 in lower case without padding: server ids and activation ids.
[[nodiscard]] std::string base32_encode(ByteView bytes);

}  // namespace ledger

template <>
struct std::hash<ledger::Digest> {
    std::size_t operator()(const ledger::Digest& digest) const noexcept {
        std::size_t value;  // the bytes are uniform already
        std::memcpy(&value, digest.bytes.data(), sizeof value);
        return value;
    }
};
