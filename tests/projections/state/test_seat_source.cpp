#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "tests/projections/memory_ledger.hpp"

using namespace projections;

namespace {

ledger::Event seat_event(std::uint64_t number) {
    support::MemoryLedger book;
    ledger::Seat seat;
    seat.license_id = "L";
    seat.product = "p";
    seat.components = support::own_device(number);
    return {{number}, {1'000}, support::MemoryLedger::customer().server_id + "/1", {}, {}, ledger::SeatActivated{seat}};
}

}  // namespace

TEST_CASE("seat source: reads a seat out of a stored event, and says when there is none") {
    const auto stored = ledger::encode_event(seat_event(4)).value();
    const StoredSeats source([&](ledger::SequenceNumber number) -> ledger::Result<ledger::Bytes> {
        if (number.value == 4) return stored;
        return ledger::Error{ledger::errc::not_found};
    });
    CHECK(source.seat({4}).value() == *seat_event(4).seat());
    CHECK(source.seat({5}).error().code == ledger::errc::not_found);
}

TEST_CASE("seat source: a seat that is not durable yet is read from memory, and let go when it is") {
    struct Empty : SeatSource {
        ledger::Result<ledger::Seat> seat(ledger::SequenceNumber) const override {
            return ledger::Error{ledger::errc::not_found};
        }
    } stored;
    std::uint64_t durable = 0;
    RecentSeats recent(stored, [&]() -> ledger::Result<ledger::TreeSize> { return ledger::TreeSize{durable}; });
    const ledger::Event event = seat_event(0);
    const auto add = [&](std::uint64_t number) {
        ledger::Event copy = event;
        copy.sequence_number = {number};
        recent.add(copy);
    };
    std::uint64_t number = 0;
    for (; number < 3 * RecentSeats::trim_every; ++number) add(number);
    CHECK(recent.kept() == 3 * RecentSeats::trim_every);  // nothing is durable: nothing may go
    CHECK(recent.seat({0}).has_value());
    durable = number - 10;
    for (std::uint64_t i = 0; i <= RecentSeats::trim_every; ++i) add(number++);
    CHECK(recent.kept() < 2 * RecentSeats::trim_every);
    CHECK(recent.seat({0}).error().code == ledger::errc::not_found);
    CHECK(recent.seat({durable}).has_value());
    CHECK(recent.seat({number - 1}).has_value());
}
