#pragma once
// ledger/core/anchor_limits.hpp: how much an anchor can name. What a server may have, an event states and the vendor
// vouches for is as much, so that whatever was in use can be brought back.

#include <cstddef>

namespace ledger {

constexpr std::size_t anchor_bytes_max = 16 * 1024;  ///< The whole note; within the limits below it always fits.
constexpr std::size_t anchor_licenses_max = 96;      ///< Live, superseded and revoked ones together.
constexpr std::size_t anchor_keys_max = 16;

}  // namespace ledger
