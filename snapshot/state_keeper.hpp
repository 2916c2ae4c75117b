#pragma once
// snapshot/state_keeper.hpp: keeps a running server's newest snapshot near: makes one every so many events or hours, on
// a thread of its own and from the log alone, so that the sequencer never waits for it; and the last one at a clean
// end.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "ledger/core/signer.hpp"
#include "snapshot/state_maker.hpp"

namespace snapshot {

struct KeeperPlan {
    std::uint64_t every_events = 0;  ///< 0: not by their number.
    ledger::Duration every{};        ///< Of monotonic time, if there was an event at all; 0: not by time.
    ledger::Duration retry = ledger::minute * 5;
    std::int64_t pause_factor = 39;  ///< After one that took a second, none for so many: a busy server goes first.
    /// One could not be made. On the keeper's thread, or that of keep_last(). May be empty.
    std::function<void(const ledger::Error&)> on_failure = {};
};

/// For the status page.
struct KeeperStatus {
    StateFound found;  ///< The newest good one, and those that were rejected, until a new one has taken their place.
    ledger::Timestamp made_at;  ///< Wall clock; 0: before this process.
    std::optional<ledger::Error> failing;
    ledger::Timestamp since;  ///< Of failing and of rejected. Wall clock.
};

/// Starting and stopping: one thread. The others from any thread.
class StateKeeper {
 public:
    /// @param log, clock  outlive this.
    /// @param found  what the start chose. With rejected ones a new one is made at once.
    /// @param size   of the log now.
    StateKeeper(StateFolder folder, const ledger::LogReader& log, const ledger::Clock& clock, KeeperPlan plan,
                StateFound found, ledger::TreeSize size);
    ~StateKeeper();  ///< stop()
    StateKeeper(const StateKeeper&) = delete;
    StateKeeper& operator=(const StateKeeper&) = delete;

    /// The log has grown to this size. Never blocks for long.
    void released(ledger::TreeSize size);
    /// Gives up one that is under way. Safe to repeat.
    void stop();
    /// After stop(), with the state of the whole log: writes it unless the newest one is of that size.
    /// @return state_errc::snapshot_not_written, snapshot_busy; what reading the log returns
    [[nodiscard]] ledger::Result<void> keep_last(const projections::LedgerState& state);
    [[nodiscard]] KeeperStatus status() const;

 private:
    void run();
    [[nodiscard]] bool is_due() const;  // with mutex_ held
    void make_one();
    void note(const StateFacts& facts);
    void note(const ledger::Error& error);

    const StateFolder folder_;
    const ledger::LogReader& log_;
    const ledger::Clock& clock_;
    const KeeperPlan plan_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    KeeperStatus status_;
    ledger::TreeSize size_;
    std::int64_t looked_at_us_;  // monotonic: when the newest one was made or found, or making one was tried
    ledger::Duration taken_;     // by the newest one
    bool wanted_ = false;        // whatever the plan says
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace snapshot
