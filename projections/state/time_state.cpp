#include "projections/state/time_state.hpp"

#include <algorithm>

#include "projections/state/state_hash.hpp"

namespace projections {

void TimeState::apply(const ledger::Event& event) {
    if (event.time < standing_.not_before) {
        // Only a log that breaks L11 comes here; what is copied is small, or the log is hostile and may be slow.
        ledger::Event moved = event;
        moved.time = standing_.not_before;
        return apply(moved);
    }
    if (std::holds_alternative<ledger::TimePutInDoubt>(event.body)) {
        doubted_by_ = event.sequence_number;
    } else if (const auto* undone = std::get_if<ledger::TimeConfirmationUndone>(&event.body)) {
        for (TimeConfirmation& confirmation : confirmations_) {
            if (confirmation.number == undone->confirmation && !confirmation.undone_by) {
                confirmation.undone_by = event.sequence_number;
            }
        }
    }
    standing_.apply(event);
    last_event_ = event.time;
    if (const auto* confirmed = std::get_if<ledger::TimeConfirmed>(&event.body)) {
        confirmations_.push_back(
            {event.sequence_number, confirmed->wall_time, standing_.not_before - event.time, std::nullopt});
    }
}

const TimeConfirmation* TimeState::find(ledger::SequenceNumber confirmation) const {
    const auto found = std::ranges::lower_bound(confirmations_, confirmation, {}, &TimeConfirmation::number);
    return found == confirmations_.end() || found->number != confirmation ? nullptr : &*found;
}

void TimeState::hash_into(StateHash& hash) const {
    hash.time(standing_.not_before).number(standing_.in_doubt).number(static_cast<std::uint64_t>(standing_.offset.us));
    hash.number(static_cast<std::uint64_t>(standing_.wall_behind.us)).time(last_event_).number(doubted_by_.value);
    hash.number(confirmations_.size());
    for (const TimeConfirmation& confirmation : confirmations_) {
        hash.number(confirmation.number.value).time(confirmation.wall_time);
        hash.number(static_cast<std::uint64_t>(confirmation.jump.us)).number(confirmation.undone_by.has_value());
        hash.number(confirmation.undone_by.value_or(ledger::SequenceNumber{}).value);
    }
}

}  // namespace projections
