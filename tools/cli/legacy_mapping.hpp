#pragma once
// tools/cli/legacy_mapping.hpp: reads the small file (TOML) that says which column of the previous product's table is
// what. Format: docs/formats/legacy-import.md.

#include <filesystem>

#include "snapshot/legacy_table.hpp"

namespace cli {

constexpr std::size_t mapping_bytes_max = 64 * 1024;

/// @param file  for messages. @return errc::mapping_malformed
[[nodiscard]] ledger::Result<snapshot::LegacyMapping> parse_mapping(std::string_view text,
                                                                    const std::filesystem::path& file);

}  // namespace cli
