#include "ledger/store_write/committer.hpp"

#include <pthread.h>

#include <chrono>

#include "ledger/core/errc.hpp"

namespace ledger {

Committer::Committer(LogEngine& engine, TreeSize durable, Hooks hooks) : engine_(engine), hooks_(std::move(hooks)) {
    counts_.durable = durable;
    thread_ = std::thread([this] { run(); });
}

void Committer::wait_for_slot() {
    std::unique_lock lock(mutex_);
    slot_free_.wait(lock, [&] { return !slot_; });
}

std::optional<Error> Committer::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

void Committer::hand_over(CommitJob job) {
    std::unique_lock lock(mutex_);
    ACTLEDGER_ASSERT(!slot_ && !finishing_);
    if (!failure_) {
        slot_ = std::move(job);
        lock.unlock();
        return work_.notify_one();
    }
    const Error failure = *failure_;
    lock.unlock();
    for (Answer& answer : job.answers) answer.task->done(failure);
}

void Committer::answer(std::unique_ptr<Task> task, SequenceNumber index) {
    std::optional<Error> failure;
    {
        const std::lock_guard lock(mutex_);
        const bool durable = size_through(index) <= counts_.durable;
        if (!durable && !failure_) {
            CommitJob* job = current_ != nullptr && current_->group->holds(index) ? current_ : nullptr;
            if (job == nullptr && slot_ && slot_->group->holds(index)) job = &*slot_;
            ACTLEDGER_ASSERT(job != nullptr);
            job->answers.push_back({std::move(task), index});
            return;
        }
        if (!durable) failure = failure_;
    }
    if (failure) return task->done(*failure);
    task->done(Receipt{index, nullptr});
}

void Committer::finish() {
    {
        const std::lock_guard lock(mutex_);
        finishing_ = true;
    }
    work_.notify_one();
    if (thread_.joinable()) thread_.join();
}

Committer::Counts Committer::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

void Committer::run() {
    ::pthread_setname_np(::pthread_self(), "committer");
    while (true) {
        CommitJob job;
        {
            std::unique_lock lock(mutex_);
            work_.wait(lock, [&] { return slot_ || finishing_; });
            if (!slot_) return;
            job = *std::exchange(slot_, std::nullopt);
            current_ = &job;
        }
        slot_free_.notify_one();
        commit(job);
    }
}

void Committer::commit(CommitJob& job) {
    using namespace std::chrono;
    const SealedGroup& group = *job.group;
    const auto started = steady_clock::now();
    const auto committed = engine_.append({group.first().value}, group.events(), group.head());
    const auto took = duration_cast<microseconds>(steady_clock::now() - started);
    if (!committed) return fail(job, committed.error());

    if (hooks_.on_released) hooks_.on_released(group.head(), group.tree_head());
    {
        const std::lock_guard lock(mutex_);
        current_ = nullptr;
        counts_.durable = group.head().size;
        ++counts_.groups;
        counts_.events += group.events().size();
        counts_.group_events_last = group.events().size();
        counts_.sync.add(static_cast<std::uint64_t>(took.count()));
    }
    for (Answer& answer : job.answers) answer.task->done(Receipt{answer.index, job.group});
}

/// Every later group builds on this one, so that all fail with it.
void Committer::fail(CommitJob& job, const Error& cause) {
    const bool storage = cause.code == errc::storage_failed;
    const Error error = storage ? cause : Error{errc::storage_failed, cause.describe()};
    std::optional<CommitJob> next;
    {
        const std::lock_guard lock(mutex_);
        current_ = nullptr;
        failure_ = error;
        next = std::exchange(slot_, std::nullopt);
    }
    slot_free_.notify_one();
    for (Answer& answer : job.answers) answer.task->done(error);
    if (next) {
        for (Answer& answer : next->answers) answer.task->done(error);
    }
    hooks_.on_failed(error);
}

}  // namespace ledger
