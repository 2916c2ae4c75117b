#pragma once
// ledger/store_write/task_queue.hpp: the bounded queue between those who ask and the sequencing thread.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "ledger/store_write/decider.hpp"

namespace ledger {

/// Any threads push; one takes.
class TaskQueue {
 public:
    using Instant = std::chrono::steady_clock::time_point;

    explicit TaskQueue(std::size_t tasks_max) : tasks_max_(tasks_max) {}

    /// Takes the task; or leaves it with the caller, and says why: errc::overloaded, or what the queue was closed with.
    [[nodiscard]] std::optional<Error> push(std::unique_ptr<Task>& task);
    /// Moves up to `most` tasks to the end of `to`. Blocks while there is none, until `until` at the latest; returns
    /// early when the queue is closed or interrupted.
    void take(std::deque<std::unique_ptr<Task>>& to, std::size_t most, Instant until);
    /// Makes the present or the next take return.
    void interrupt();
    /// Every push from now on is refused with `reason`; what is queued stays. A later reason takes the place of this
    /// one.
    void close(Error reason);
    [[nodiscard]] bool drained() const;  ///< Closed and empty: take will never find a task again.

    struct Counts {
        std::size_t queued;
        std::uint64_t accepted;
        std::uint64_t refused;  ///< By a full queue.
    };
    [[nodiscard]] Counts counts() const;

 private:
    const std::size_t tasks_max_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Task>> tasks_;
    std::optional<Error> closed_;
    bool taker_waits_ = false;
    bool interrupted_ = false;
    std::uint64_t accepted_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace ledger
