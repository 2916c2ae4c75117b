#pragma once
// projections/state/released_seats.hpp: seats that were given back lately, so that asking for one again gets an answer
// that says so. Older ones are known to the log alone.

#include <deque>
#include <map>

#include "ledger/core/event.hpp"

namespace projections {

class StateReader;
class StateWriter;

struct ReleasedSeat {
    enum class Reason : std::uint8_t { released, expired };
    ledger::ActivationId id;
    ledger::SequenceNumber activated;
    ledger::SequenceNumber current;      ///< The last event with its seat.
    ledger::SequenceNumber released_by;  ///< The SeatReleased or SeatExpired.
    ledger::Timestamp released_at;       ///< Event time.
    Reason reason = Reason::released;
};

class ReleasedSeats {
 public:
    static constexpr std::size_t capacity = 65'536;
    void add(const ReleasedSeat& seat);
    [[nodiscard]] const ReleasedSeat* find(const ledger::ActivationId& id) const;
    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    std::deque<ReleasedSeat> seats_;  // the oldest first
    std::map<ledger::ActivationId, const ReleasedSeat*> by_id_;
};

}  // namespace projections
