#pragma once
// snapshot/state_choice.hpp: which snapshot a start may build on: the newest one that is whole, of this ledger, and of
// a head that the log has. Anything else is named and passed over, in the end for the empty state: never trusted.

#include "ledger/store_read/log_reader.hpp"
#include "snapshot/state_folder.hpp"

namespace snapshot {

/// What a log says of itself in event 0.
struct LogIdentity {
    const ledger::Suite* suite = nullptr;
    std::string server_id;
};
/// @return what reading returns; ledger::errc::log_damaged, unknown_event_kind (a suite of a newer version)
[[nodiscard]] ledger::Result<LogIdentity> identify_log(const ledger::LogReader& log);

/// Holds what a snapshot says of itself against the log.
/// @return state_errc::snapshot_foreign, snapshot_not_of_log (facts: path …); what reading the log returns
[[nodiscard]] ledger::Result<void> judge_snapshot(const std::filesystem::path& path, const StateFacts& facts,
                                                  const LogIdentity& identity, const ledger::LogReader& log);

struct RejectedSnapshot {
    std::filesystem::path path;
    ledger::Error why;
};

/// What a start found.
struct StateFound {
    std::optional<StateFacts> used;
    std::vector<RejectedSnapshot> rejected;  ///< The newest first; those behind a good one were not looked at.
    [[nodiscard]] std::vector<std::filesystem::path> bad_paths() const;
};

struct StateChoice {
    std::unique_ptr<projections::LedgerState> state;  ///< Of the snapshot, or the empty one; never null.
    StateFound found;
};

/// A snapshot that cannot be used is not an error. @return what reading the log returns
[[nodiscard]] ledger::Result<StateChoice> choose_state(const StateFolder& folder, const ledger::LogReader& log);

}  // namespace snapshot
