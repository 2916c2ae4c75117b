#pragma once
// ledger/store_write/sequencer.hpp: the write path (design section 5): bounded queue -> one sequencing thread that
// decides, numbers, hashes and has the head signed -> one committing thread that syncs and releases. Generic over the
// decider. Knows no quota, no HTTP, no PKCS#11. ADR: docs/adr/0007-write-path.md.

#include <functional>

#include "ledger/core/checkpoint.hpp"
#include "ledger/store_write/decider.hpp"
#include "ledger/store_write/ledger_time.hpp"
#include "ledger/store_write/log_engine.hpp"
#include "ledger/store_write/sealed_group.hpp"
#include "ledger/store_write/sequencer_stats.hpp"

namespace ledger {

/// What the sequencer works with. All outlive it.
struct SequencerParts {
    LogEngine& engine;
    Signer& signer;
    Clock& clock;
    Decider& decider;                        ///< Has folded all events of the engine, and nothing else.
    TimeStanding time;                       ///< Folded over the same events.
    Origin origin;                           ///< That new events and heads bear.
    std::optional<PublicKey> last_head_key;  ///< If another key than the signer's signed the last head.
};

struct SequencerOptions {
    std::size_t queue_max = 16'384;          ///< Tasks that wait to be decided; beyond: errc::overloaded.
    std::size_t group_max = 1'024;           ///< Events of a group (a decision is never split).
    std::size_t group_bytes_max = 4U << 20;  ///< Event and annex bytes of a group, the same way.
    Duration signer_retry_pause = second;
    TimeBounds time_bounds;
    /// Called on the committing thread for each released head, in order, before the answers; must not block.
    std::function<void(const ReleasedHead&, const TreeHead&)> on_released;
    /// Called once, on a thread of the sequencer's, after a commit has failed and everything was answered: the process
    /// must stop, and verify the log when it starts again.
    std::function<void(const Error&)> on_fatal;
};

/// submit and stats are safe from any thread. Starting and stopping: one thread.
class Sequencer {
 public:
    /// Checks the tail that it is about to build on (log_tail.hpp), then starts both threads.
    /// @return errc::log_damaged (facts: folder; detail: which check), log_moved if parts.time is not the log's.
    [[nodiscard]] static Result<std::unique_ptr<Sequencer>> start(SequencerParts parts, SequencerOptions options = {});
    ~Sequencer();  ///< stop()
    Sequencer(const Sequencer&) = delete;
    Sequencer& operator=(const Sequencer&) = delete;

    /// Queues, or refuses at once by calling task->done on this thread before returning (errc::overloaded,
    /// shutting_down, storage_failed). Never blocks for long.
    void submit(std::unique_ptr<Task> task);

    /// Refuses new tasks, decides, commits and answers all that was accepted, and ends both threads. Blocks for that
    /// long; a signer that is down does not hold it up: what needs it has been answered with signer_unavailable.
    /// A second call does nothing.
    void stop();

    [[nodiscard]] SequencerStats stats() const;

 private:
    class Impl;
    explicit Sequencer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger
