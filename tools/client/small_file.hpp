#pragma once
// tools/client/small_file.hpp: reading little files whole, with a limit.

#include <filesystem>
#include <optional>
#include <string>

#include "ledger/core/result.hpp"

namespace client {

constexpr std::size_t small_file_bytes_max = 256 * 1024;

/// The whole file; nothing if it is not there, may not be read, or is larger than the limit.
[[nodiscard]] std::optional<std::string> read_small_file(const std::filesystem::path& file);

/// The same without white space and zero bytes at both ends; nothing if nothing is left. For files of /sys and /etc.
[[nodiscard]] std::optional<std::string> read_small_text(const std::filesystem::path& file);

/// terminal::errc::file_unreadable with the reason that errno names now. For files that must be there.
[[nodiscard]] ledger::Error unreadable(const std::filesystem::path& file);

}  // namespace client
