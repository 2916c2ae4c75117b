#include "projections/state/released_seats.hpp"

#include "projections/state/state_hash.hpp"

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

void ReleasedSeats::hash_into(StateHash& hash) const {
    hash.number(seats_.size());
    for (const ReleasedSeat& seat : seats_) {
        hash.bytes(seat.id.bytes).number(seat.activated.value).number(seat.current.value);
        hash.number(seat.released_by.value).time(seat.released_at).number(static_cast<std::uint64_t>(seat.reason));
    }
}

}  // namespace projections
