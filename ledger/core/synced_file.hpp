#pragma once
// ledger/core/synced_file.hpp: small files that are there, whole, after a power cut, and the names of files. For all
// folders that keep some; what an error means is for them to say.

#include <filesystem>
#include <system_error>

#include "ledger/core/bytes.hpp"

namespace ledger {

/// Each gives the errno as std::error_code; none throws.

/// All of `bytes`, whatever a signal cuts short. @param file  open for writing.
[[nodiscard]] std::error_code write_all(int file, ByteView bytes);
/// fsync of a folder: names made, renamed or removed in it are on disk.
[[nodiscard]] std::error_code fsync_folder(const std::filesystem::path& folder);
/// In place of what was there (mode 0600 of a new file), synced with its name. Cut short, it may hold a part: for what
/// is judged when it is read, or begins empty.
[[nodiscard]] std::error_code write_synced(const std::filesystem::path& path, ByteView bytes);

}  // namespace ledger
