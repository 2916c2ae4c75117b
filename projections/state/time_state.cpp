#include "projections/state/time_state.hpp"

#include <algorithm>

#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

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

void TimeState::write(StateWriter& out) const {
    out.time(standing_.not_before).flag(standing_.in_doubt).length(standing_.offset).length(standing_.wall_behind);
    out.time(last_event_).number(doubted_by_.value).number(confirmations_.size());
    for (const TimeConfirmation& confirmation : confirmations_) {
        out.event(confirmation.number).time(confirmation.wall_time).length(confirmation.jump);
        out.number(confirmation.undone_by ? confirmation.undone_by->value + 1 : 0);
    }
}

void TimeState::read(StateReader& in) {
    standing_.not_before = in.time();
    standing_.in_doubt = in.flag();
    standing_.offset = in.length();
    standing_.wall_behind = in.length();
    last_event_ = in.time();
    doubted_by_ = {in.number(in.events())};
    const std::uint64_t count = in.number(in.events());
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        TimeConfirmation confirmation;
        confirmation.number = in.event();
        confirmation.wall_time = in.time();
        confirmation.jump = in.length();
        const std::uint64_t undone = in.number(in.events());
        if (undone != 0) confirmation.undone_by = {undone - 1};
        in.require(confirmations_.empty() || confirmations_.back().number < confirmation.number,
                   "confirmations are not in order");
        confirmations_.push_back(confirmation);
    }
}

}  // namespace projections
