#pragma once
// ledger/store_write/ledger_time.hpp: the time that events bear (invariant L11): the last event's time plus monotonic
// time elapsed, held against the wall clock. Pure: clock readings are handed in. ADR: docs/adr/0008-ledger-time.md.

#include <optional>

#include "ledger/core/time_standing.hpp"

namespace ledger {

struct ClockReading {
    Timestamp wall;
    std::int64_t monotonic_us = 0;
};

struct TimeBounds {
    Duration forward_running = minute * 5;  ///< A step of the wall clock beyond this, while running, is doubted.
    Duration forward_stopped = day * 30;    ///< The same across a stop.
    Duration back = second * 2;             ///< Any step back beyond this tolerance is doubted.
    std::int64_t slew_divisor = 100;        ///< Smaller differences are followed by at most 1/100 of the time elapsed.
};

/// One thread.
class LedgerTime {
 public:
    /// @param standing  folded over the whole log.
    /// @param reading   now: what the clocks say at the start.
    LedgerTime(const TimeStanding& standing, const ClockReading& reading, const TimeBounds& bounds = {});

    /// Moves time on. @return the event to write first when the wall clock has just become doubtful; in_doubt() is true
    /// from then on. Also right after the start.
    [[nodiscard]] std::optional<TimePutInDoubt> observe(const ClockReading& reading);
    /// Folds an event that bears now() (asserted to be not earlier than the last one). TimeConfirmed ends the doubt and
    /// moves time on to the confirmed wall clock; TimeConfirmationUndone changes the offset.
    void apply(const Event& event);

    [[nodiscard]] Timestamp now() const { return now_; }
    [[nodiscard]] Timestamp judged() const { return standing_.judged(now_); }
    [[nodiscard]] bool in_doubt() const { return standing_.in_doubt || doubted_; }
    [[nodiscard]] const TimeStanding& standing() const { return standing_; }

 private:
    [[nodiscard]] Timestamp target(Timestamp wall) const;  ///< What now() would be if it followed the wall clock.
    void follow(Duration difference, Duration elapsed);

    TimeStanding standing_;
    TimeBounds bounds_;
    Timestamp now_;
    std::int64_t monotonic_us_;
    std::int64_t slew_credit_us_ = 0;               ///< Time elapsed that has not been used for following yet.
    std::optional<TimePutInDoubt> found_at_start_;  ///< Handed out by the first observe.
    bool doubted_ = false;                          ///< Found, and its event not applied yet.
};

}  // namespace ledger
