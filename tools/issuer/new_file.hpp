#pragma once
// tools/issuer/new_file.hpp: files that are made whole or not at all, and never replaced.

#include <filesystem>
#include <vector>

#include "ledger/core/bytes.hpp"

namespace issuer {

enum class Secrecy { secret, open };  ///< Mode 0600 or 0644.

/// Durable when it succeeds (fsync of file and folder).
/// @return errc::file_exists (fact: path) when there is a file of that name; terminal::errc::file_unwritable
[[nodiscard]] ledger::Result<void> write_new_file(const std::filesystem::path& path, ledger::ByteView contents,
                                                  Secrecy secrecy);

/// @return terminal::errc::file_unreadable (also beyond bytes_max)
[[nodiscard]] ledger::Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max);

/// The files of a folder, without those that a write_new_file left unfinished, in order of names; none if there is no
/// such folder. @return terminal::errc::file_unreadable: nothing may be concluded from what was not read
[[nodiscard]] ledger::Result<std::vector<std::filesystem::path>> finished_files(const std::filesystem::path& folder);

}  // namespace issuer
