#include "projections/state/seat_source.hpp"

#include <algorithm>

#include "ledger/core/adoption_proof.hpp"
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
    if (auto seat = ledger::seat_told_by(event)) return *std::move(seat);
    return no_seat(number);
}

RecentSeats::Kept& RecentSeats::take_slot() {
    if (kept_ == ring_.size()) {
        std::rotate(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(first_), ring_.end());
        first_ = 0;
        ring_.resize(std::max(trim_every, 2 * ring_.size()));
    }
    return ring_[(first_ + kept_++) % ring_.size()];
}

void RecentSeats::add(const ledger::Event& event) {
    const ledger::Seat* const seat = event.seat();
    const auto proven = seat == nullptr ? ledger::seat_told_by(event) : std::nullopt;
    if (seat != nullptr || proven) {
        Kept& slot = take_slot();
        slot.number = event.sequence_number;
        slot.seat = seat != nullptr ? *seat : *proven;
    }
    if (kept_ < trim_above_) return;
    // A log that cannot say how long it is keeps everything here: more memory, never a wrong answer.
    const auto durable = durable_();
    if (durable) {
        while (kept_ > 0 && at(0).number.value < durable->value) {
            first_ = (first_ + 1) % ring_.size();
            --kept_;
        }
    }
    trim_above_ = kept_ + trim_every;
}

ledger::Result<ledger::Seat> RecentSeats::seat(ledger::SequenceNumber number) const {
    std::size_t begin = 0;
    std::size_t end = kept_;
    while (begin < end) {
        const std::size_t middle = begin + (end - begin) / 2;
        if (at(middle).number == number) return at(middle).seat;
        if (at(middle).number < number) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return stored_.seat(number);
}

}  // namespace projections
