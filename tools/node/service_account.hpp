#pragma once
// tools/node/service_account.hpp: as whom a ledger, its token and its anchor folder are written. ADR:
// docs/adr/0038-written-by-one-account.md.

#include <filesystem>
#include <span>
#include <string>

#include "ledger/core/result.hpp"

namespace node {

/// Before anything is written, and the HSM's worker is started: root may do that for a ledger that is root's own.
/// Otherwise it would leave files that the service's account cannot read, an anchor for one; then a good key is told as
/// lost. The ledger belongs to the owner of its log; where there is none to the owner of its folder, or of the nearest
/// folder above that is there. Whoever is not root is not asked: what they may not write they cannot.
/// @param folder   the ledger's.
/// @param command  what was run, word by word: the remedy has the line that does it as that account.
/// @return errc::other_account; ledger::errc::storage_failed: nobody can say whose it is
[[nodiscard]] ledger::Result<void> check_account(const std::filesystem::path& folder,
                                                 std::span<const std::string> command);

/// Words as a POSIX shell reads them back.
[[nodiscard]] std::string shell_line(std::span<const std::string> words);

}  // namespace node
