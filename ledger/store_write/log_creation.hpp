#pragma once
// ledger/store_write/log_creation.hpp: create_log (log_engine.hpp) for one who has locked the ledger's folder before.

#include "ledger/store_write/folder_lock.hpp"
#include "ledger/store_write/log_engine.hpp"

namespace ledger {

/// As the other one. @return as it, without log_locked
[[nodiscard]] Result<ReleasedHead> create_log(std::shared_ptr<FolderLock> lock, const Origin& origin,
                                              std::span<const EventDraft> first, Timestamp time, Signer& signer);

}  // namespace ledger
