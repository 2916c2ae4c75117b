#include "ledger/store_read/anchor_check.hpp"

namespace ledger {

Result<AnchorStanding> compare_with_anchor(const Suite& suite, const LogReader& log, const Origin& origin,
                                           const Anchor& anchor) {
    if (!(anchor.origin == origin)) return AnchorStanding::foreign;
    ACTLEDGER_TRY(const TreeSize size, log.size());
    if (size < anchor.head.size) return AnchorStanding::behind;
    ACTLEDGER_TRY(const Frontier frontier, Frontier::load(suite, anchor.head.size, log));
    if (!(frontier.head() == anchor.head)) return AnchorStanding::inconsistent;
    return size == anchor.head.size ? AnchorStanding::equal : AnchorStanding::ahead;
}

}  // namespace ledger
