#include "ledger/store_read/anchor_check.hpp"

namespace ledger {
namespace {

/// Opening an incarnation goes: anchor under its origin with the head that was known, event, anchor with its head. Here
/// the last step is missing.
bool is_unfinished(const Incarnations& incarnations, TreeSize size, const Anchor& anchor) {
    if (incarnations.opened().empty()) return false;
    const Incarnation& last = incarnations.opened().back();
    if (last.number != anchor.origin.incarnation) return false;
    // A new token knew of no head before: an anchor under this origin that has none is the first one.
    if (last.reason == IncarnationOpened::Reason::log_and_key_lost) return anchor.head.size.value == 0;
    // A log that was lost begins with more than that event: its licences.
    const bool at_end = begins_log(last.reason) || size == size_through(last.opened_by);
    return at_end && last.known && last.known->head == anchor.head;
}

}  // namespace

Result<AnchorStanding> compare_with_anchor(const Suite& suite, const LogReader& log, const Origin& origin,
                                           const Incarnations& incarnations, const Anchor& anchor) {
    if (anchor.origin.server_id != origin.server_id) return AnchorStanding::foreign;
    // A log of an earlier incarnation than the anchor's: an image from before it was opened.
    if (anchor.origin.incarnation > origin.incarnation) return AnchorStanding::behind;
    ACTLEDGER_TRY(const TreeSize size, log.size());
    if (is_unfinished(incarnations, size, anchor)) return AnchorStanding::unfinished;
    // A token that was set back to before the incarnation was opened: the log says what became of that head.
    if (!incarnations.must_have({anchor.origin, anchor.head})) return AnchorStanding::ahead;
    if (size < anchor.head.size) return AnchorStanding::behind;
    ACTLEDGER_TRY(const Frontier frontier, Frontier::load(suite, anchor.head.size, log));
    if (!(frontier.head() == anchor.head)) return AnchorStanding::inconsistent;
    return size == anchor.head.size ? AnchorStanding::equal : AnchorStanding::ahead;
}

}  // namespace ledger
