#pragma once
// ledger/store_write/committer.hpp: the committing thread: makes signed groups durable, one after the other, and only
// then releases heads and answers (invariant L2).

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "ledger/store_write/decider.hpp"
#include "ledger/store_write/sealed_group.hpp"
#include "ledger/store_write/sequencer_stats.hpp"

namespace ledger {

/// A task that is answered once event `index` is durable.
struct Answer {
    std::unique_ptr<Task> task;
    SequenceNumber index;
};

struct CommitJob {
    std::shared_ptr<const SealedGroup> group;
    std::vector<Answer> answers;
};

/// Used by the sequencing thread; what others may call says so. While one group is synced, one more can wait.
class Committer {
 public:
    struct Hooks {
        std::function<void(const ReleasedHead&, const TreeHead&)> on_released;
        std::function<void(const Error&)> on_failed;  ///< Once, on the committing thread, after its jobs were answered.
    };
    Committer(LogEngine& engine, TreeSize durable, Hooks hooks);
    ~Committer() { finish(); }
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;

    /// Blocks while a group waits, so that the next one grows meanwhile.
    void wait_for_slot();
    /// Why nothing is committed any more. Any thread.
    [[nodiscard]] std::optional<Error> failure() const;
    /// @pre wait_for_slot() has returned, and nothing was handed over since (asserted).
    void hand_over(CommitJob job);
    /// Answers now if the event is durable, otherwise with its group. @pre the event was handed over (asserted).
    void answer(std::unique_ptr<Task> task, SequenceNumber index);
    /// Commits and answers what was handed over, and ends the thread.
    void finish();

    struct Counts {
        TreeSize durable;
        std::uint64_t groups = 0;
        std::uint64_t events = 0;
        std::uint64_t group_events_last = 0;
        MicrosHistogram sync;
    };
    [[nodiscard]] Counts counts() const;  ///< Any thread.

 private:
    void run();
    void commit(CommitJob& job);
    void fail(CommitJob& job, const Error& cause);

    LogEngine& engine_;
    const Hooks hooks_;
    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable slot_free_;
    std::optional<CommitJob> slot_;
    CommitJob* current_ = nullptr;  ///< Being synced; answers are still added under the mutex.
    bool finishing_ = false;
    std::optional<Error> failure_;
    Counts counts_;
    std::thread thread_;
};

}  // namespace ledger
