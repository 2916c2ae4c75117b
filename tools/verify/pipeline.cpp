#include "tools/verify/pipeline.hpp"

#include <thread>

namespace verify {
namespace {

constexpr std::size_t chunks_under_way_per_thread = 3;

}  // namespace

Pipeline::Pipeline(std::uint64_t chunks, unsigned threads, std::size_t findings_max, Check check, Fold fold)
    : chunks_(chunks), threads_(threads), check_(std::move(check)), fold_(std::move(fold)) {
    ACTLEDGER_ASSERT(threads > 0);
    for (std::size_t i = 0; i < threads * chunks_under_way_per_thread; ++i) {
        slots_.push_back(std::make_unique<Slot>(findings_max));
    }
}

ledger::Result<void> Pipeline::run() {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads_; ++i) others.emplace_back([this] { work(Part::check); });
    work(Part::check_and_fold);
    others.clear();  // joins
    if (failed_) return *failed_;
    return {};
}

void Pipeline::work(Part part) {
    std::unique_lock lock(mutex_);
    while (!failed_ && next_to_fold_ < chunks_) {
        if (part == Part::check_and_fold && slot(next_to_fold_).ready) {
            fold_next(lock);
        } else if (next_to_check_ < chunks_ && next_to_check_ < next_to_fold_ + slots_.size()) {
            check_next(lock);
        } else {
            changed_.wait(lock);
        }
    }
    changed_.notify_all();
}

void Pipeline::fold_next(std::unique_lock<std::mutex>& lock) {
    Slot& taken = slot(next_to_fold_);
    lock.unlock();
    auto folded = fold_(taken.chunk);
    lock.lock();
    taken.ready = false;
    ++next_to_fold_;
    if (!folded && !failed_) failed_ = folded.error();
    changed_.notify_all();
}

void Pipeline::check_next(std::unique_lock<std::mutex>& lock) {
    const std::uint64_t index = next_to_check_++;
    Slot& taken = slot(index);
    lock.unlock();
    auto checked = check_(index, taken.chunk);
    lock.lock();
    taken.ready = true;
    if (!checked && !failed_) failed_ = checked.error();
    changed_.notify_all();
}

}  // namespace verify
