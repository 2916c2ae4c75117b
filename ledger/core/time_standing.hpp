#pragma once
// ledger/core/time_standing.hpp: what the log itself says of time (invariant L11): a pure fold over events, for those
// who judge dates and for whoever goes on writing. Knows no clock. ADR: docs/adr/0008-ledger-time.md.

#include "ledger/core/event.hpp"

namespace ledger {

/// Value type; the default is that of an empty log.
struct TimeStanding {
    Timestamp not_before;  ///< The next event's time is not before this: the last event's, or a later confirmed one.
    bool in_doubt =
        false;             ///< TimePutInDoubt without a TimeConfirmed after it: nothing expires, no refusal for a date.
    Duration offset;       ///< Event times run ahead of judged times by this: confirmations that were undone.
    Duration wall_behind;  ///< By how much the wall clock that people last confirmed is behind judged time; >= 0.
    bool operator==(const TimeStanding&) const = default;

    /// Folds the next event. Its time must not be before `not_before` (asserted: check foreign logs first).
    void apply(const Event& event);
    /// The time at which dates are judged for something decided, or written, at `event_time`.
    [[nodiscard]] Timestamp judged(Timestamp event_time) const { return event_time - offset; }
};

}  // namespace ledger
