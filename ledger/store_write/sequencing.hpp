#pragma once
// ledger/store_write/sequencing.hpp: the sequencing thread's work: what Sequencer::start makes and its thread runs.
// Internal to the write path; the contract is sequencer.hpp. ADR: docs/adr/0007-write-path.md.

#include <deque>

#include "ledger/store_write/committer.hpp"
#include "ledger/store_write/group_builder.hpp"
#include "ledger/store_write/log_tail.hpp"
#include "ledger/store_write/sequencer.hpp"
#include "ledger/store_write/signing_retry.hpp"
#include "ledger/store_write/task_queue.hpp"

namespace ledger {

class Sequencer::Impl {
 public:
    Impl(SequencerParts parts, SequencerOptions options, LogTail tail);
    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void submit(std::unique_ptr<Task> task);
    void stop();
    [[nodiscard]] SequencerStats stats() const;

 private:
    void run();
    /// Waits for work, does it, and closes at most one group. @return false: nothing will ever come.
    [[nodiscard]] bool step();
    void take_signed_group(std::shared_ptr<const SealedGroup> group);
    void observe_time();
    /// Whether something may be decided: the signer is there, and room for all that is under way and one group more.
    void check_hindrance();
    void build_group();
    void ask_what_is_due();
    void decide(std::unique_ptr<Task> task);
    /// Numbers drafts and folds them. @return the last event's number.
    [[nodiscard]] Result<SequenceNumber> sequence(std::vector<EventDraft> drafts);
    void rest(std::unique_ptr<Task> task, SequenceNumber index);
    void seal_group();
    void refuse_all(const Error& error);
    [[nodiscard]] Moment moment() const;
    [[nodiscard]] ClockReading read_clock() const;
    void hinder(Error error);
    void publish();

    const SequencerParts parts_;
    const SequencerOptions options_;
    TaskQueue queue_;
    SigningRetry retry_;
    Committer committer_;

    // The sequencing thread's own.
    GroupBuilder builder_;
    LedgerTime time_;
    Timestamp wall_;
    std::optional<TimePutInDoubt> doubt_to_write_;
    std::deque<std::unique_ptr<Task>> waiting_;  ///< Taken from the queue, not decided yet.
    std::vector<Answer> answers_;                ///< Of the group that is being built.
    TaskQueue::Instant next_due_;
    std::optional<WriteHindrance> hindrance_;

    // What stats() shows of it.
    mutable std::mutex stats_mutex_;
    SequencerStats shown_;

    std::thread thread_;  ///< Last: starts when all else is there.
};

}  // namespace ledger
