#pragma once
// snapshot/ordered_pipeline.hpp: pieces of work are prepared by all threads at once and taken in order by one of them.
// So many are under way at once, so that memory is bounded.

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ledger/core/result.hpp"

namespace snapshot {

/// @tparam Piece  default-constructible; given back, it is prepared again.
template <class Piece>
class OrderedPipeline {
 public:
    using Prepare = std::function<ledger::Result<void>(std::uint64_t index, Piece& piece)>;
    /// May keep the piece, and give it back later with recycle().
    using Take = std::function<ledger::Result<void>(std::unique_ptr<Piece> piece)>;

    /// @param prepare  called once for each index, on any thread.
    /// @param take     called for each index in order, on the thread that calls run().
    OrderedPipeline(std::uint64_t pieces, unsigned threads, Prepare prepare, Take take)
        : pieces_(pieces), threads_(std::max(1U, threads)), prepare_(std::move(prepare)), take_(std::move(take)) {}

    /// From within `take` only.
    void recycle(std::unique_ptr<Piece> piece) {
        const std::lock_guard lock(mutex_);
        spare_.push_back(std::move(piece));
    }

    /// Blocks until all are taken. @return the first error of either, in the order of the pieces
    [[nodiscard]] ledger::Result<void> run() {
        std::vector<std::jthread> helpers;
        for (unsigned i = 1; i < threads_; ++i) {
            helpers.emplace_back([this] {
                std::unique_lock lock(mutex_);
                while (!over()) {
                    if (!prepare_next(lock)) changed_.wait(lock);
                }
            });
        }
        std::unique_lock lock(mutex_);
        while (!over()) {
            if (!take_next(lock) && !prepare_next(lock)) changed_.wait(lock);
        }
        lock.unlock();
        changed_.notify_all();
        helpers.clear();
        if (failed_) return *failed_;
        return {};
    }

 private:
    struct Prepared {
        std::unique_ptr<Piece> piece;
        ledger::Result<void> outcome;
    };
    static constexpr std::uint64_t ahead_per_thread = 4;

    [[nodiscard]] bool over() const { return failed_ || taken_ == pieces_; }

    /// @return false: nothing to do now
    bool take_next(std::unique_lock<std::mutex>& lock) {
        const auto next = ready_.find(taken_);
        if (next == ready_.end()) return false;
        Prepared prepared = std::move(next->second);
        ready_.erase(next);
        lock.unlock();
        auto outcome = prepared.outcome ? take_(std::move(prepared.piece)) : std::move(prepared.outcome);
        lock.lock();
        if (outcome) {
            ++taken_;
        } else {
            failed_ = std::move(outcome).error();
        }
        changed_.notify_all();
        return true;
    }

    bool prepare_next(std::unique_lock<std::mutex>& lock) {
        if (next_ == pieces_ || next_ - taken_ >= ahead_per_thread * threads_) return false;
        const std::uint64_t index = next_++;
        Prepared prepared;
        if (!spare_.empty()) {
            prepared.piece = std::move(spare_.back());
            spare_.pop_back();
        }
        lock.unlock();
        if (!prepared.piece) prepared.piece = std::make_unique<Piece>();
        prepared.outcome = prepare_(index, *prepared.piece);
        lock.lock();
        ready_.emplace(index, std::move(prepared));
        changed_.notify_all();
        return true;
    }

    const std::uint64_t pieces_;
    const unsigned threads_;
    const Prepare prepare_;
    const Take take_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::unique_ptr<Piece>> spare_;
    std::map<std::uint64_t, Prepared> ready_;
    std::uint64_t next_ = 0;   ///< To be prepared.
    std::uint64_t taken_ = 0;  ///< As many are taken.
    std::optional<ledger::Error> failed_;
};

}  // namespace snapshot
