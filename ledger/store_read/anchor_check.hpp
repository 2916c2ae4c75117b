#pragma once
// ledger/store_read/anchor_check.hpp: holds a log against the anchor that the token remembers (invariant L8).

#include "ledger/core/anchor.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace ledger {

enum class AnchorStanding {
    equal,         ///< The anchored head is the log's last one.
    ahead,         ///< The log begins with the anchored tree and goes on: the usual case.
    behind,        ///< The log is shorter than a head that was once released: rolled back, or restored from a backup.
    inconsistent,  ///< As long or longer, and another history.
    foreign,       ///< The anchor is of another ledger or incarnation.
};

/// @param origin  of the log's newest event.
/// @return what reading the log returns; errc::log_damaged
[[nodiscard]] Result<AnchorStanding> compare_with_anchor(const Suite& suite, const LogReader& log, const Origin& origin,
                                                         const Anchor& anchor);

}  // namespace ledger
