#pragma once
// tools/node/found_anchor.hpp: the anchor that holds, out of all places where one is kept, and what a log is to it.

#include "hsm/folder_anchor_store.hpp"
#include "hsm/token.hpp"
#include "ledger/store_read/anchor_check.hpp"

namespace node {

struct FoundAnchor {
    ledger::Anchor anchor;
    ledger::Bytes note;  ///< It, as it was signed.
};

/// @param second  may be null; a second place for the anchor.
/// @return hsm::errc::anchor_lost; errc::hand_over_missing: there is one of a later key, to which the token's has
///         handed over; what reading returns
[[nodiscard]] ledger::Result<FoundAnchor> find_anchor(const ledger::Suite& suite, hsm::Token& token,
                                                      hsm::FolderAnchorStore* second);

/// Whether it may be served although the anchor says nothing against it. @return errc::restored_unconfirmed; what
/// reading the log's folder returns
[[nodiscard]] ledger::Result<void> check_restored(const std::filesystem::path& folder, ledger::TreeSize log_size);
/// Whether a ledger may be served that stands so to its anchor.
/// @return errc::log_behind_anchor, recovery_unfinished, log_contradicts_anchor, anchor_foreign
[[nodiscard]] ledger::Result<void> check_standing(ledger::AnchorStanding standing, const ledger::Anchor& anchor,
                                                  const ledger::Origin& origin, ledger::TreeSize log_size);

}  // namespace node
