#pragma once
// tools/node/log_fold.hpp: reads a log from its first event at start-up. One thread reads and decodes, the caller's
// folds: two thirds of the time of doing both on one.

#include <functional>
#include <span>

#include "ledger/core/event.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace node {

/// Calls `fold` on this thread with the events [0, size) in order, some hundred at a time; they are good during the
/// call. Blocks until all are folded.
/// @return what reading and decoding return; the events before that one have been folded.
[[nodiscard]] ledger::Result<void> fold_log(const ledger::LogReader& log, ledger::TreeSize size,
                                            const std::function<void(std::span<const ledger::Event>)>& fold);

}  // namespace node
