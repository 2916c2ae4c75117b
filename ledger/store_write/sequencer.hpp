#pragma once
// ledger/store_write/sequencer.hpp: the write path (design section 5): bounded queue -> one sequencing thread that
// decides, numbers, hashes and has the head signed -> one committing thread that syncs and releases. Generic over the
// decider declared here. Knows no quota, no HTTP, no PKCS#11.

#include "ledger/core/activation_file.hpp"
#include "ledger/core/signer.hpp"
#include "ledger/store_write/log_engine.hpp"

namespace ledger {

/// The moment a decision is made at.
struct Moment {
    Timestamp now;             ///< The time that an event decided now would bear.
    bool in_doubt = false;     ///< Invariant L11: nothing expires and no refusal for a date is given.
    SequenceNumber next;       ///< The number of the first event decided now.
};

/// A durable, signed event, as it is answered with.
struct Receipt {
    SequenceNumber index;
    std::shared_ptr<const struct SealedGroup> group;  ///< Set when the event was written by this submission.
};

/// What a task wants. Either drafts, or an answer that rests on an event that is already sequenced.
struct Decision {
    std::vector<EventDraft> drafts;
    SequenceNumber rests_on;  ///< If there are no drafts: answered once this event is durable.
};

/// One queued request.
class Task {
 public:
    virtual ~Task() = default;
    /// On the sequencing thread, against the decider's state; must not block. An error is answered at once.
    [[nodiscard]] virtual Result<Decision> decide(const Moment& moment) = 0;
    /// Exactly once, on a thread of the sequencer's; must not block. A success is durable and signed (L2). The receipt
    /// is that of the last draft, or of rests_on.
    virtual void done(Result<Receipt> outcome) noexcept = 0;
};

/// The state that tasks decide on. Called on the sequencing thread only.
class Decider {
 public:
    virtual ~Decider() = default;
    /// Folds an event that has just been numbered; later tasks of the same group see it. Cannot fail.
    virtual void apply(const Event& event) = 0;
    /// Events that are due without anybody asking (leases that have run out), at most `most`.
    [[nodiscard]] virtual std::vector<EventDraft> due(const Moment& moment, std::size_t most) = 0;
};

struct SealedGroup;

}  // namespace ledger
