#include "projections/state/seat_source.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"

namespace projections {
namespace {

ledger::Error no_seat(ledger::SequenceNumber number) {
    return {ledger::errc::not_found, "event " + std::to_string(number.value) + " has no seat"};
}

}  // namespace

ledger::Result<ledger::Seat> StoredSeats::seat(ledger::SequenceNumber number) const {
    ACTLEDGER_TRY(const ledger::Bytes stored, read_(number));
    ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(stored));
    if (const ledger::Seat* seat = event.seat()) return *seat;
    return no_seat(number);
}

void RecentSeats::add(const ledger::Event& event) {
    if (const ledger::Seat* seat = event.seat()) recent_.emplace_back(event.sequence_number, *seat);
    if (recent_.size() < trim_above_) return;
    // A log that cannot say how long it is keeps everything here: more memory, never a wrong answer.
    const auto durable = durable_();
    if (durable) {
        while (!recent_.empty() && recent_.front().first.value < durable->value) recent_.pop_front();
    }
    trim_above_ = recent_.size() + trim_every;
}

ledger::Result<ledger::Seat> RecentSeats::seat(ledger::SequenceNumber number) const {
    const auto found = std::ranges::lower_bound(recent_, number, {}, &Kept::first);
    if (found != recent_.end() && found->first == number) return found->second;
    return stored_.seat(number);
}

}  // namespace projections
