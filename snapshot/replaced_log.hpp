#pragma once
// snapshot/replaced_log.hpp: what the log says of itself that a restored one takes the place of. It may be damaged, and
// that may be why.

#include <filesystem>
#include <optional>

#include "ledger/core/checkpoint.hpp"

namespace snapshot {

/// The newest head of the log in a ledger's folder. Nothing if there is no log, or if it cannot be read. Read by a
/// child process: LMDB ends a process that follows a damaged page. Call before threads are started.
[[nodiscard]] std::optional<ledger::Checkpoint> newest_head_of_any(const std::filesystem::path& folder);

}  // namespace snapshot
