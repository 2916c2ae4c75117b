#pragma once
// ledger/store_read/restored_mark.hpp: a log that was restored says so, until something is appended to it. A copy may
// lack what was given after it was made, and the anchor need not know: it is written once a minute (invariants L3, L8;
// docs/adr/0026-incarnations.md). Format: docs/formats/log.md.

#include <filesystem>

#include "ledger/core/result.hpp"
#include "ledger/core/tree.hpp"

namespace ledger {

/// In the log's own folder, so that it is put in place and moved aside with it.
constexpr const char* restored_mark_name = "restored";

/// Whether the log in `folder` (the ledger's) was restored, and is still as long as it was then. A mark that cannot be
/// understood counts as one.
/// @return errc::log_unreadable
[[nodiscard]] Result<bool> is_as_restored(const std::filesystem::path& folder, TreeSize log_size);

}  // namespace ledger
