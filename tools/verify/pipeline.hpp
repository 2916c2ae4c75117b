#pragma once
// tools/verify/pipeline.hpp: chunks are checked by all threads at once, and folded in order by one of them, whose cache
// then keeps what it folds into. So many are under way at once, so that memory is bounded and the cores stay level.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "tools/verify/chunk.hpp"

namespace verify {

class Pipeline {
 public:
    using Check = std::function<ledger::Result<void>(std::uint64_t index, Chunk& chunk)>;
    using Fold = std::function<ledger::Result<void>(Chunk& chunk)>;

    /// @param check  called for each index once, on any thread.
    /// @param fold   called for each index in order, on the thread that calls run().
    Pipeline(std::uint64_t chunks, unsigned threads, std::size_t findings_max, Check check, Fold fold);

    /// Blocks until all is folded. Uses this thread and threads - 1 more.
    /// @return the first error of either; the rest is left out then.
    [[nodiscard]] ledger::Result<void> run();

 private:
    struct Slot {
        explicit Slot(std::size_t findings_max) : chunk(findings_max) {}
        Chunk chunk;
        bool ready = false;
    };

    enum class Part { check_and_fold, check };
    void work(Part part);
    void fold_next(std::unique_lock<std::mutex>& lock);
    void check_next(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] Slot& slot(std::uint64_t index) { return *slots_[index % slots_.size()]; }

    const std::uint64_t chunks_;
    const unsigned threads_;
    const Check check_;
    const Fold fold_;
    std::vector<std::unique_ptr<Slot>> slots_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t next_to_check_ = 0;
    std::uint64_t next_to_fold_ = 0;
    std::optional<ledger::Error> failed_;
};

}  // namespace verify
