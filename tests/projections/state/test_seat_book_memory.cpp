// Bytes a device, counted: every allocation of this program goes through the counter below.

#include <malloc.h>

#include <cstdlib>
#include <ctime>
#include <iostream>
#include <new>

#include "ledger/core/event_codec.hpp"
#include "tests/projections/memory_ledger.hpp"

namespace {
std::size_t allocated = 0;  // what malloc really gave, with its rounding
std::size_t allocated_most = 0;
}  // namespace

void* operator new(std::size_t size) {
    void* block = std::malloc(size);
    if (block == nullptr) throw std::bad_alloc();
    allocated += malloc_usable_size(block) + sizeof(std::size_t);
    allocated_most = std::max(allocated_most, allocated);
    return block;
}
void operator delete(void* block) noexcept {
    if (block != nullptr) allocated -= malloc_usable_size(block) + sizeof(std::size_t);
    std::free(block);
}
void operator delete(void* block, std::size_t) noexcept { operator delete(block); }

namespace {

using namespace projections;
using support::MemoryLedger;

/// A device with five components of its own, without hashing: digests are uniform, so random bytes do.
class Devices {
 public:
    ledger::Event next(ledger::SequenceNumber number) {
        for (ledger::Component& component : seat_.components) fill(component.digest.bytes);
        fill(seat_.activation_id.bytes);
        return {number, {event_time}, origin_, {}, {}, seat_};
    }
    static constexpr std::int64_t event_time = 1'780'000'000'000'000;

 private:
    template <class Array>
    void fill(Array& array) {
        for (std::size_t i = 0; i < array.size(); i += 8) {
            const std::uint64_t word = random_();
            std::memcpy(array.data() + i, &word, 8);
        }
    }
    static ledger::SeatActivated make_seat() {
        ledger::SeatActivated seat;
        seat.license_id = "L";
        seat.product = "vdi-desktop";
        seat.components = support::own_device(1);
        seat.device_public_key = ledger::Bytes(91, 7);
        seat.lease_ends = {event_time + (ledger::day * 30).us};
        seat.grace_ends = {event_time + (ledger::day * 35).us};
        return seat;
    }
    std::mt19937_64 random_{7};
    ledger::SeatActivated seat_ = make_seat();
    std::string origin_ = MemoryLedger::customer().server_id + "/1";
};

MemoryLedger& book_with_license() {
    static MemoryLedger book;
    ledger::LicenseTerms terms = MemoryLedger::terms("L", 10'000'000);
    terms.lease = MemoryLedger::leased(30, 20, 5);
    REQUIRE(book.import(terms).empty());
    return book;
}

/// Most bytes that were allocated at once since `before`, for each device.
double bytes_a_device(std::size_t before, std::uint64_t devices) {
    return static_cast<double>(allocated_most - before) / static_cast<double>(devices);
}

}  // namespace

TEST_CASE("seat book: a device with five components takes at most 200 bytes, growth included") {
    MemoryLedger& book = book_with_license();
    Devices devices;
    std::uint64_t number = book.events.size();
    std::uint64_t entered = 0;
    const std::size_t before = allocated;
    allocated_most = before;
    // Tables grow in steps: the worst moment is just after one, so that the whole way up is looked at.
    for (const std::uint64_t many : {100'000U, 125'000U, 150'000U, 200'000U, 250'000U, 300'000U, 400'000U}) {
        for (; entered < many; ++entered) book.state.apply(devices.next({number++}));
        CAPTURE(many);
        CHECK(bytes_a_device(before, many) <= 200);
    }
}

TEST_CASE("seat book: a million devices, folded from stored events", "[.][benchmark]") {
    constexpr std::uint64_t many = 1'000'000;
    MemoryLedger& book = book_with_license();
    Devices devices;
    const std::uint64_t first = book.events.size();
    std::vector<ledger::Bytes> stored;
    stored.reserve(many);
    for (std::uint64_t i = 0; i < many; ++i) stored.push_back(ledger::encode_event(devices.next({first + i})).value());

    // Time on the processor: what else the machine does is not the question here.
    const auto seconds_since = [](std::clock_t start) {
        return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    };
    std::clock_t start = std::clock();
    std::size_t components = 0;
    for (const ledger::Bytes& bytes : stored)
        components += ledger::decode_event(bytes).value().seat()->components.size();
    const double decoding = seconds_since(start);
    REQUIRE(components == 5 * many);

    const std::size_t before = allocated;
    allocated_most = before;
    start = std::clock();
    for (const ledger::Bytes& bytes : stored) book.state.apply(ledger::decode_event(bytes).value());
    const double both = seconds_since(start);
    std::cout << "decode alone: " << decoding << " s; decode and fold: " << both << " s; memory "
              << bytes_a_device(before, many) << " bytes a device at most, "
              << static_cast<double>(allocated - before) / static_cast<double>(many) << " at the end\n";

    struct Unread : SeatSource {
        ledger::Result<ledger::Seat> seat(ledger::SequenceNumber) const override { std::abort(); }
    } unread;
    const SeatRules rules(book.state, unread);
    std::vector<ledger::Event> more;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        ledger::Event event = devices.next({first + many + i});
        event.time = {Devices::event_time};
        more.push_back(std::move(event));
    }
    start = std::clock();
    for (const ledger::Event& event : more) {
        REQUIRE(rules.judge(event).value().empty());
        book.state.apply(event);
    }
    std::cout << "judge and fold: " << seconds_since(start) / 100'000 * 1e6 << " us an event\n";
    CHECK(book.state.seats().held() == many + more.size());
}
