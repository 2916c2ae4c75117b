// A state as bytes: one spelling, read strictly, and a fold that was interrupted by it comes out the same. Invariant
// L6.

#include "projections/state/errc.hpp"
#include "tests/projections/random_ledger.hpp"
#include "tests/projections/state_bytes.hpp"

using projections::LedgerState;
using support::RandomLedger;
using support::read_state;
using support::state_bytes;

namespace {

bool is_malformed(const ledger::Result<LedgerState::Read>& read) {
    return !read && read.error().code == projections::errc::state_malformed && !read.error().detail.empty();
}

void fold(LedgerState& state, std::span<const ledger::Event> events) {
    for (const ledger::Event& event : events) state.apply(event);
}

}  // namespace

TEST_CASE("L6: a fold that is interrupted after any event, written and read, ends in the same bytes", "[L6]") {
    const auto seed = GENERATE(range(1, 5));
    CAPTURE(seed);
    RandomLedger book(static_cast<std::uint64_t>(seed));
    while (book.events.size() < 150) book.step();
    const ledger::Bytes whole = state_bytes(book.state);
    LedgerState state;
    for (std::size_t k = 0; k <= book.events.size(); ++k) {
        CAPTURE(k);
        const ledger::Bytes at_k = state_bytes(state);
        const auto read = read_state(at_k);
        REQUIRE(read);
        REQUIRE(read->digest == state.digest());
        REQUIRE(state_bytes(*read->state) == at_k);
        fold(*read->state, std::span(book.events).subspan(k));
        REQUIRE(state_bytes(*read->state) == whole);
        if (k < book.events.size()) state.apply(book.events[k]);
    }
    CHECK(state.digest() == book.state.digest());
}

TEST_CASE("L6: also when records were swept and used again before and after", "[L6]") {
    RandomLedger book(77);
    while (book.events.size() < 14'000) {
        book.now = book.now + ledger::second;
        book.random() % 2 == 0 ? book.activate() : book.change_device();
    }
    const ledger::Bytes whole = state_bytes(book.state);
    LedgerState state;
    std::size_t folded = 0;
    for (const std::size_t k : {700U, 3'000U, 6'001U, 9'999U, 13'990U}) {
        CAPTURE(k);
        fold(state, std::span(book.events).subspan(folded, k - folded));
        folded = k;
        const auto read = read_state(state_bytes(state));
        REQUIRE(read);
        fold(*read->state, std::span(book.events).subspan(k));
        CHECK(state_bytes(*read->state) == whole);
    }
}

TEST_CASE("state bytes: what was read decides as what was folded") {
    RandomLedger book(5);
    while (book.events.size() < 400) book.step();
    const auto read = read_state(state_bytes(book.state));
    REQUIRE(read);
    const LedgerState& again = *read->state;
    CHECK(again.settings().open_enrolment() == book.state.settings().open_enrolment());
    CHECK(again.identity().certified_at() == book.state.identity().certified_at());
    std::size_t held = 0;
    for (const ledger::Event& event : book.events) {
        const ledger::Seat* seat = event.seat();
        if (seat == nullptr) continue;
        const auto one = book.state.seats().find(seat->activation_id);
        const auto other = again.seats().find(seat->activation_id);
        REQUIRE(one.has_value() == other.has_value());
        REQUIRE((book.state.seats().find_released(seat->activation_id) == nullptr) ==
                (again.seats().find_released(seat->activation_id) == nullptr));
        const auto product = book.state.licenses().find_product(seat->product).value();
        const auto mine = book.state.seats().match(product, seat->components, {}, book).value();
        const auto theirs = again.seats().match(product, seat->components, {}, book).value();
        REQUIRE(mine.has_value() == theirs.has_value());
        if (mine) REQUIRE(mine->held.id == theirs->held.id);
        if (!one) continue;
        ++held;
        REQUIRE(one->current == other->current);
        REQUIRE(one->license == other->license);
    }
    CHECK(held > 100);
    for (std::size_t i = 0; i < book.state.licenses().size(); ++i) {
        const projections::LicenseIndex license{static_cast<std::uint16_t>(i)};
        CHECK(again.seats().used(license) == book.state.seats().used(license));
        CHECK(again.seats().next_free_at(license) == book.state.seats().next_free_at(license));
        CHECK(again.licenses().at(license).status == book.state.licenses().at(license).status);
    }
    const ledger::Timestamp later = book.now + ledger::day * 300;
    const auto sorted = [](std::vector<ledger::ActivationId> ids) {
        std::ranges::sort(ids);
        return ids;
    };
    CHECK(sorted(again.seats().run_out(later, 10'000)) == sorted(book.state.seats().run_out(later, 10'000)));
}

TEST_CASE("state bytes: cut anywhere, or with a byte too many, they are refused", "[L10]") {
    RandomLedger book(9);
    while (book.events.size() < 60) book.step();
    ledger::Bytes bytes = state_bytes(book.state);
    for (std::size_t size = 0; size < bytes.size(); size += size < 1'500 ? 1 : 23) {
        CAPTURE(size);
        REQUIRE(is_malformed(read_state(std::span(bytes).first(size))));
    }
    bytes.push_back(0);
    CHECK(is_malformed(read_state(bytes)));
    CHECK(read_state(std::span(bytes).first(bytes.size() - 1), 13));  // however small the pieces
}

TEST_CASE("state bytes: one that is changed anywhere is refused, or is another state in its one spelling", "[L10]") {
    RandomLedger book(10);
    while (book.events.size() < 60) book.step();
    const ledger::Bytes bytes = state_bytes(book.state);
    const ledger::Digest digest = book.state.digest();
    std::size_t refused = 0;
    for (std::size_t at = 0; at < bytes.size(); at += at < 1'500 ? 1 : 19) {
        CAPTURE(at);
        ledger::Bytes changed = bytes;
        changed[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
        const auto read = read_state(changed);
        if (!read) {
            REQUIRE(is_malformed(read));
            ++refused;
            continue;
        }
        REQUIRE(read->digest != digest);
        REQUIRE(state_bytes(*read->state) == changed);
    }
    CHECK(refused > 1'000);
}

TEST_CASE("state bytes: what the source fails with is what reading fails with") {
    projections::StateReader reader([](std::span<std::uint8_t>) -> ledger::Result<std::size_t> {
        return ledger::Error{projections::errc::event_out_of_place};
    });
    CHECK(LedgerState::read(reader).error().code == projections::errc::event_out_of_place);
}

TEST_CASE("state bytes: a count that the input does not have room for is refused, and takes no memory", "[L10]") {
    ledger::Bytes bytes = state_bytes(LedgerState());
    bytes[6] = 0x7f;  // 2^55 events and more: no count is too large for them
    std::size_t refused = 0;
    for (std::size_t at = 8; at + 8 <= bytes.size(); at += 8) {
        CAPTURE(at);
        ledger::Bytes claimed = bytes;
        claimed[at + 3] = 0x70;
        const auto read = read_state(claimed);
        if (read) REQUIRE(state_bytes(*read->state) == claimed);  // a time
        if (!read) ++refused;
    }
    CHECK(refused > projections::PackedIndex::shard_count);
}
