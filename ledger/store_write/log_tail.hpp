#pragma once
// ledger/store_write/log_tail.hpp: what is checked of a log before anything is built on it. Cheap at any size: the last
// group, and what is stored beside where the next one goes. The whole log is checked by `actledger verify`.

#include "ledger/core/checkpoint.hpp"
#include "ledger/store_write/log_engine.hpp"

namespace ledger {

/// What a writer goes on from.
struct LogTail {
    const Suite* suite;  ///< Named by event 0.
    Frontier frontier;
    Timestamp last_event_time;
};

/// The last head covers exactly the events there are, is signed by `last_head_key` under an origin of ours that is not
/// after `origin`, and its root is the stored tree's; the stored nodes of the last group are those of its stored
/// events; the head before it has the root that the stored nodes had then. From LogEngine::edge() on the same holds of
/// all events and nodes; of all heads, of which those of the last one's origin are signed by `last_head_key` too; and
/// annex entries are what their events commit to.
/// @return errc::log_damaged (detail: which check), unknown_event_kind (event 0 of a newer version)
[[nodiscard]] Result<LogTail> check_tail(const LogEngine& log, const Origin& origin, const PublicKey& last_head_key);

}  // namespace ledger
