#pragma once
// ledger/store_read/anchor_check.hpp: holds a log against the anchor that the token remembers (invariant L8).

#include "ledger/core/incarnation.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace ledger {

enum class AnchorStanding {
    equal,         ///< The anchored head is the log's last one.
    ahead,         ///< The log begins with the anchored tree and goes on, or has closed the anchor's incarnation since.
    behind,        ///< The log lacks a head that was once released: rolled back, or restored from a backup.
    unfinished,    ///< Its last event opens an incarnation, and the anchor was not told yet that it is in the log.
    inconsistent,  ///< As long or longer, and another history.
    foreign,       ///< The anchor is of another ledger.
};

/// @param origin        of the log's newest event.
/// @param incarnations  folded over all of the log.
/// @return what reading the log returns; errc::log_damaged
[[nodiscard]] Result<AnchorStanding> compare_with_anchor(const Suite& suite, const LogReader& log, const Origin& origin,
                                                         const Incarnations& incarnations, const Anchor& anchor);

}  // namespace ledger
