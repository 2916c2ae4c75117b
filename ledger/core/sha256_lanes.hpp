#pragma once
// ledger/core/sha256_lanes.hpp: SHA-256 of many messages at once, in the lanes of the processor's vector registers.
// For suite.cpp alone. ADR: docs/adr/0003-suite-seam.md.

#include <span>

#include "ledger/core/bytes.hpp"

namespace ledger {

/// Worth it from here on: fewer messages leave most lanes empty, and take as long as full ones.
constexpr std::size_t sha256_lanes_messages_min = 8;
/// Longer ones are hashed alone.
constexpr std::size_t sha256_lanes_bytes_max = 32'768;

/// @param messages  each at most sha256_lanes_bytes_max long.
/// @param digests   as many as there are messages; theirs, in their order.
/// @return false where this processor or build has no lanes; nothing is written then. Any thread.
[[nodiscard]] bool sha256_in_lanes(std::span<const ByteView> messages, std::span<Digest> digests);

}  // namespace ledger
