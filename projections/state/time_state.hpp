#pragma once
// projections/state/time_state.hpp: what the log says of time (invariant L11), and which confirmations can be undone.
// The rules of time itself: ledger/core/time_standing.hpp, docs/adr/0008-ledger-time.md.

#include <optional>
#include <vector>

#include "ledger/core/time_standing.hpp"

namespace projections {

class StateReader;
class StateWriter;

/// A TimeConfirmed event.
struct TimeConfirmation {
    ledger::SequenceNumber number;
    ledger::Timestamp wall_time;
    ledger::Duration jump;  ///< By how much it moved ledger time forward; what undoing it takes off again. >= 0.
    std::optional<ledger::SequenceNumber> undone_by;
};

class TimeState {
 public:
    /// An event from before the last one's time (which judging finds) is folded as if it bore the last one's.
    void apply(const ledger::Event& event);
    [[nodiscard]] const ledger::TimeStanding& standing() const { return standing_; }
    [[nodiscard]] bool in_doubt() const { return standing_.in_doubt; }
    /// The time at which dates are judged for something written at `event_time`.
    [[nodiscard]] ledger::Timestamp judged(ledger::Timestamp event_time) const { return standing_.judged(event_time); }
    /// The last event's time.
    [[nodiscard]] ledger::Timestamp last_event() const { return last_event_; }
    /// The event that last put time in doubt; meaningless unless in_doubt().
    [[nodiscard]] ledger::SequenceNumber doubted_by() const { return doubted_by_; }
    [[nodiscard]] const std::vector<TimeConfirmation>& confirmations() const { return confirmations_; }
    [[nodiscard]] const TimeConfirmation* find(ledger::SequenceNumber confirmation) const;
    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    ledger::TimeStanding standing_;
    ledger::Timestamp last_event_;
    ledger::SequenceNumber doubted_by_;
    std::vector<TimeConfirmation> confirmations_;  // ascending
};

}  // namespace projections
