#include "projections/state/released_seats.hpp"

#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {

void ReleasedSeats::add(const ReleasedSeat& seat) {
    if (seats_.size() == capacity) {
        const auto oldest = by_id_.find(seats_.front().id);
        if (oldest != by_id_.end() && oldest->second == &seats_.front()) by_id_.erase(oldest);
        seats_.pop_front();
    }
    seats_.push_back(seat);
    by_id_.insert_or_assign(seat.id, &seats_.back());
}

const ReleasedSeat* ReleasedSeats::find(const ledger::ActivationId& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

void ReleasedSeats::write(StateWriter& out) const {
    out.number(seats_.size());
    for (const ReleasedSeat& seat : seats_) {
        out.fixed(seat.id.bytes).event(seat.activated).event(seat.current).event(seat.released_by);
        out.time(seat.released_at).number(static_cast<std::uint64_t>(seat.reason));
    }
}

void ReleasedSeats::read(StateReader& in) {
    const std::uint64_t count = in.number(capacity);
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        ReleasedSeat seat;
        in.fixed(seat.id.bytes);
        seat.activated = in.event();
        seat.current = in.event();
        seat.released_by = in.event();
        seat.released_at = in.time();
        seat.reason = static_cast<ReleasedSeat::Reason>(in.number(1));
        in.require(seats_.empty() || seats_.back().released_by < seat.released_by, "released seats are not in order");
        add(seat);
    }
}

}  // namespace projections
