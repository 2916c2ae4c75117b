#pragma once
// snapshot/state_maker.hpp: makes a snapshot from the log alone, beside a running server or without one: the newest
// good snapshot, and the log's events since. ADR: docs/adr/0021-state-snapshots.md.

#include "snapshot/log_fold.hpp"
#include "snapshot/state_choice.hpp"

namespace snapshot {

/// Folds the log's events from state.size() up to `to` into it.
/// @param progress  may be empty; called with the events folded so far; false stops it, with success.
/// @return what reading and decoding return
using FoldProgress = std::function<bool(std::uint64_t)>;
[[nodiscard]] ledger::Result<void> fold_state(const ledger::LogReader& log, projections::LedgerState& state,
                                              ledger::TreeSize to, const FoldProgress& progress = {});

struct MadeSnapshot {
    std::filesystem::path path;
    StateFacts facts;
    bool is_new = false;                     ///< False: the newest one was of this size already, and good.
    ledger::TreeSize from;                   ///< Where the fold began.
    std::vector<RejectedSnapshot> rejected;  ///< That were in its way; they are gone.
};

/// Of the log as it is at the call. @return nothing if it was stopped; what reading the log returns;
/// state_errc::snapshot_not_written, snapshot_busy
[[nodiscard]] ledger::Result<std::optional<MadeSnapshot>> make_snapshot(const StateFolder& folder,
                                                                        const ledger::LogReader& log,
                                                                        const FoldProgress& progress = {});

}  // namespace snapshot
