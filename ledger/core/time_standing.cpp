#include "ledger/core/time_standing.hpp"

#include <algorithm>

namespace ledger {

void TimeStanding::apply(const Event& event) {
    ACTLEDGER_ASSERT(event.time >= not_before);
    not_before = event.time;
    if (std::holds_alternative<TimePutInDoubt>(event.body)) {
        in_doubt = true;
    } else if (const auto* confirmed = std::get_if<TimeConfirmed>(&event.body)) {
        in_doubt = false;
        not_before = std::max(event.time, confirmed->wall_time + offset);
        // Ledger time catches up with a clock that is ahead, but never goes back to one that is behind: the distance is
        // remembered, so that the confirmed clock is not doubted again.
        wall_behind = {std::max<std::int64_t>(0, (judged(event.time) - confirmed->wall_time).us)};
    } else if (const auto* undone = std::get_if<TimeConfirmationUndone>(&event.body)) {
        offset.us += undone->offset.us;
        wall_behind = {std::max<std::int64_t>(0, wall_behind.us - undone->offset.us)};
    }
}

}  // namespace ledger
