#pragma once
// snapshot/log_fold.hpp: reads a stretch of the log for whoever folds it. One thread reads and decodes, the caller's
// folds: two thirds of the time of doing both on one.

#include <functional>
#include <span>

#include "ledger/core/event.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace snapshot {

/// Receives some hundred events at a time; they are good during the call. False ends it, with success.
using EventFold = std::function<bool(std::span<const ledger::Event>)>;

/// Calls `fold` on this thread with the events [from, to) in order. Blocks until all are folded.
/// @return what reading and decoding return; the events before that one have been folded.
[[nodiscard]] ledger::Result<void> fold_log(const ledger::LogReader& log, ledger::SequenceNumber from,
                                            ledger::TreeSize to, const EventFold& fold);

}  // namespace snapshot
