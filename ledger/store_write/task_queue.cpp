#include "ledger/store_write/task_queue.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"

namespace ledger {

std::optional<Error> TaskQueue::push(std::unique_ptr<Task>& task) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return closed_;
        if (tasks_.size() >= tasks_max_) {
            ++refused_;
            return Error{errc::overloaded, "the sequencer's queue is full"};
        }
        tasks_.push_back(std::move(task));
        ++accepted_;
        // Only the first task wakes the taker: those that follow before it runs are taken along.
        wake = std::exchange(taker_waits_, false);
    }
    if (wake) changed_.notify_one();
    return std::nullopt;
}

void TaskQueue::take(std::deque<std::unique_ptr<Task>>& to, std::size_t most, Instant until) {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return !tasks_.empty() || interrupted_ || closed_; };
    while (!ready()) {
        taker_waits_ = true;
        if (changed_.wait_until(lock, until) == std::cv_status::timeout) break;
    }
    taker_waits_ = false;
    interrupted_ = false;
    for (std::size_t i = std::min(most, tasks_.size()); i > 0; --i) {
        to.push_back(std::move(tasks_.front()));
        tasks_.pop_front();
    }
}

void TaskQueue::interrupt() {
    {
        const std::lock_guard lock(mutex_);
        interrupted_ = true;
    }
    changed_.notify_one();
}

void TaskQueue::close(Error reason) {
    {
        const std::lock_guard lock(mutex_);
        closed_ = std::move(reason);
    }
    changed_.notify_one();
}

bool TaskQueue::drained() const {
    const std::lock_guard lock(mutex_);
    return closed_ && tasks_.empty();
}

TaskQueue::Counts TaskQueue::counts() const {
    const std::lock_guard lock(mutex_);
    return {tasks_.size(), accepted_, refused_};
}

}  // namespace ledger
