#include "ledger/store_write/ledger_time.hpp"

#include <algorithm>

namespace ledger {
namespace {

constexpr std::int64_t slew_credit_max_us = second.us;

}  // namespace

LedgerTime::LedgerTime(const TimeStanding& standing, const ClockReading& reading, const TimeBounds& bounds)
    : standing_(standing), bounds_(bounds), now_(standing.not_before), monotonic_us_(reading.monotonic_us) {
    if (standing_.in_doubt) return;
    const Timestamp followed = target(reading.wall);
    const Duration difference = followed - now_;
    if (difference > bounds_.forward_stopped) {
        found_at_start_ = {reading.wall, TimePutInDoubt::Reason::forward_across_stop};
    } else if (difference.us < -bounds_.back.us) {
        found_at_start_ = {reading.wall, TimePutInDoubt::Reason::stepped_back};
    } else {
        now_ = std::max(now_, followed);
    }
    doubted_ = found_at_start_.has_value();
}

Timestamp LedgerTime::target(Timestamp wall) const { return wall + standing_.offset + standing_.wall_behind; }

std::optional<TimePutInDoubt> LedgerTime::observe(const ClockReading& reading) {
    const Duration elapsed{std::max<std::int64_t>(0, reading.monotonic_us - monotonic_us_)};
    monotonic_us_ = std::max(monotonic_us_, reading.monotonic_us);
    now_ = now_ + elapsed;
    if (found_at_start_) return std::exchange(found_at_start_, std::nullopt);
    if (in_doubt()) return std::nullopt;

    const Duration difference = target(reading.wall) - now_;
    const bool forward = difference > bounds_.forward_running;
    const bool back = difference.us < -bounds_.back.us;
    if (forward || back) {
        doubted_ = true;
        return TimePutInDoubt{reading.wall,
                              forward ? TimePutInDoubt::Reason::stepped_forward : TimePutInDoubt::Reason::stepped_back};
    }
    follow(difference, elapsed);
    return std::nullopt;
}

/// Many small steps must not add up to a large one unseen, so that time runs at most a little faster or slower than the
/// monotonic clock until it agrees with the wall clock.
void LedgerTime::follow(Duration difference, Duration elapsed) {
    slew_credit_us_ = std::min(slew_credit_us_ + elapsed.us, std::max(elapsed.us, slew_credit_max_us));
    const std::int64_t most = slew_credit_us_ / bounds_.slew_divisor;
    // Slower, never back: at most the time that has just passed.
    const std::int64_t change = std::max(std::clamp(difference.us, -most, most), -elapsed.us);
    now_.us += change;
    slew_credit_us_ -= (change < 0 ? -change : change) * bounds_.slew_divisor;
}

void LedgerTime::apply(const Event& event) {
    standing_.apply(event);
    now_ = std::max(now_, standing_.not_before);
    if (std::holds_alternative<TimePutInDoubt>(event.body) || std::holds_alternative<TimeConfirmed>(event.body)) {
        doubted_ = false;
    }
}

}  // namespace ledger
