#pragma once
// ledger/store_write/decider.hpp: what the sequencer asks of those who decide: tasks, and the state they decide on.
// Knows no quota, no HTTP and no LMDB.

#include <memory>
#include <vector>

#include "ledger/core/event.hpp"

namespace ledger {

class SealedGroup;

/// The moment a decision is made at.
struct Moment {
    Timestamp now;          ///< The time that an event decided now would bear.
    Timestamp judged;       ///< The time at which dates are judged now: `now` without undone confirmations.
    bool in_doubt = false;  ///< Invariant L11: nothing expires and no refusal for a date is given.
    SequenceNumber next;    ///< The number of the first event decided now.
    Timestamp wall;         ///< What the wall clock says: for people who confirm or doubt it, never for a decision.
};

/// A durable, signed event, as it is answered with.
struct Receipt {
    SequenceNumber index;
    /// The group that the event was committed with, when it was not durable yet as the task was decided; its proofs
    /// come from memory. Null: the event was durable before, and its proof comes from the log
    /// (LogReader::head_covering).
    std::shared_ptr<const SealedGroup> group;
};

/// What a task wants. Either drafts, or an answer that rests on an event that is already sequenced.
struct Decision {
    /// Written together, in this order, or not at all; all bear the same time, so that TimeConfirmed is the last one.
    /// More than drafts_max is a programmer's error, more than bytes_max errc::too_large.
    std::vector<EventDraft> drafts;
    SequenceNumber rests_on;  ///< If there are no drafts: answered once this event is durable. Before Moment::next.
    static constexpr std::size_t drafts_max = 64;
    static constexpr std::size_t bytes_max = 256U << 10;  ///< Of events and annex entries, encoded.
};

/// One queued request.
class Task {
 public:
    virtual ~Task() = default;
    /// On the sequencing thread, against the decider's state; must not block. An error is answered at once. While
    /// nothing can be written (signer or disk), it is still asked, and a decision without drafts is still answered.
    [[nodiscard]] virtual Result<Decision> decide(const Moment& moment) = 0;
    /// Exactly once; must not block. A success is durable and signed (L2); the receipt is that of the last draft, or of
    /// rests_on. On a thread of the sequencer's, or, when the task is refused at once, on the one that submits it.
    /// errc::overloaded, shutting_down, signer_unavailable, disk_full, storage_failed, too_large (a draft beyond the
    /// limit of an event), or what decide returned. After signer_unavailable and storage_failed the events may still
    /// come to be: asking again is safe (L5).
    virtual void done(Result<Receipt> outcome) noexcept = 0;
};

/// The state that tasks decide on. Called on the sequencing thread only.
class Decider {
 public:
    virtual ~Decider() = default;
    /// Folds an event that has just been numbered; later tasks of the same group see it. Cannot fail.
    virtual void apply(const Event& event) = 0;
    /// Events that are due without anybody asking (leases that have run out), at most `most`, and small. Asked once a
    /// second, and again at once after a full list; not while nothing can be written.
    [[nodiscard]] virtual std::vector<EventDraft> due(const Moment& moment, std::size_t most) = 0;
};

}  // namespace ledger
