#pragma once
// snapshot/state_replay.hpp: folds the whole log again, from event 0, and holds the snapshots and a running server's
// state against what comes out (invariant L6). Bad and missing snapshots are made anew, unless it only checks.

#include "snapshot/state_maker.hpp"

namespace snapshot {

/// What the running server says of its state.
struct ServerState {
    ledger::TreeSize size;
    ledger::Digest digest;
};

struct ReplayPlan {
    enum class Mode { check, repair } mode = Mode::repair;
    std::optional<ServerState> server;  ///< Nothing: none runs.
};

struct SnapshotVerdict {
    enum class Outcome { same, bad, repaired, removed };
    std::filesystem::path path;
    ledger::TreeSize size;
    Outcome outcome = Outcome::same;
    std::optional<ledger::Error> why;  ///< What was wrong, unless it is the same.
};

struct ReplayReport {
    ledger::TreeSize size;                      ///< Events folded.
    ledger::Digest state;                       ///< After the last of them.
    std::vector<SnapshotVerdict> snapshots;     ///< The oldest first.
    std::optional<std::filesystem::path> made;  ///< A new one of the whole log.
    std::optional<ledger::Error> server_differs;
    [[nodiscard]] bool all_same() const;
};

/// Blocks for as long as the log is; reads beside a running server.
/// @param progress  may be empty; called with the events folded so far. What it returns is not looked at.
/// @return what reading and decoding the log return; state_errc::snapshot_not_written, snapshot_busy
[[nodiscard]] ledger::Result<ReplayReport> replay(const StateFolder& folder, const ledger::LogReader& log,
                                                  const ReplayPlan& plan, const FoldProgress& progress = {});

}  // namespace snapshot
