#pragma once
// hsm/durable_file.hpp: small files that are there, whole, after a power cut.

#include <filesystem>
#include <optional>

#include "ledger/core/bytes.hpp"

namespace hsm {

/// Each gives the errno as std::error_code; none throws.

/// The whole file. @return nothing, with `failure` set, if it cannot be read or has more than `bytes_max` bytes (EFBIG)
[[nodiscard]] std::optional<ledger::Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max,
                                                     std::error_code& failure);
/// Whose a file is that root writes: root's, or its folder's owner's, who has to read it. Other accounts keep theirs.
enum class FileOwner { writer, of_folder };
/// Written under the name "<path>.new" (mode 0600), synced, renamed to `path`, and the folder synced.
[[nodiscard]] std::error_code write_file_durably(const std::filesystem::path& path, ledger::ByteView bytes,
                                                 FileOwner owner = FileOwner::writer);
/// What root makes in another account's folder becomes that account's. Whoever is not root leaves it as it is.
[[nodiscard]] std::error_code give_to_owner_of(const std::filesystem::path& folder, int file);
/// Every regular file and folder under `folder`, two levels deep, and itself.
[[nodiscard]] std::error_code sync_tree(const std::filesystem::path& folder);

}  // namespace hsm
