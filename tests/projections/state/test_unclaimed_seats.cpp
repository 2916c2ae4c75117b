#include "projections/state/unclaimed_seats.hpp"
#include "tests/projections/memory_ledger.hpp"

using namespace projections;
using support::Codes;
using support::MemoryLedger;
using support::own_device;
using Stated = std::vector<ledger::UnclaimedSeats>;

namespace {

struct Fixture : MemoryLedger {
    Fixture() { REQUIRE(import(MemoryLedger::terms("L", 10)).empty()); }
    ledger::Seat activate(std::uint64_t number, const std::string& license = "L") {
        ledger::Seat made = MemoryLedger::seat(license, own_device(number));
        REQUIRE(append(ledger::SeatActivated{made}).empty());
        return made;
    }
    [[nodiscard]] static ledger::Anchor anchor(const std::vector<std::pair<std::string, std::uint64_t>>& reserved) {
        ledger::Anchor anchor;
        for (const auto& [id, seats] : reserved) {
            anchor.licenses.push_back({id, ledger::AnchorLicense::State::live, {}, seats});
        }
        return anchor;
    }
    [[nodiscard]] Stated stated(const std::vector<std::pair<std::string, std::uint64_t>>& reserved) const {
        const ledger::Anchor known = anchor(reserved);
        return unclaimed_seats(state, &known);
    }
    /// Folded alone: where it must stand and what its notes must be is judged elsewhere.
    void open(std::uint32_t number, Stated unclaimed) {
        append(ledger::IncarnationOpened{number, {}, "kept\n", "", std::move(unclaimed)});
    }
    [[nodiscard]] std::uint64_t used(const std::string& id) const {
        return state.seats().used(state.licenses().find(id).value());
    }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "L4: what was reserved and is not held is unclaimed, and counts as used") {
    activate(1);
    const ledger::Seat second = activate(2);
    CHECK(stated({{"L", 7}}) == Stated{{"L", 5}});
    CHECK(stated({{"L", 2}}).empty());
    CHECK(stated({{"L", 1}}).empty());  // never below nothing
    open(2, {{"L", 5}});
    CHECK(used("L") == 7);
    for (std::uint64_t device = 3; device <= 5; ++device) activate(device);
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("L", own_device(6))}) == Codes{"seat-beyond-quota"});
    const auto last = events.back().seat()->activation_id;
    append(ledger::SeatReleased{last});
    append(ledger::SeatReleased{second.activation_id});
    CHECK(used("L") == 9);  // what is given back is free; what is unclaimed stays
}

TEST_CASE_METHOD(Fixture,
                 "L4: what was unclaimed before stays so in the next incarnation, and a list takes the other's place") {
    activate(1);
    open(2, {{"L", 4}});
    activate(2);
    CHECK(stated({{"L", 3}}) == Stated{{"L", 4}});
    CHECK(stated({{"L", 9}}) == Stated{{"L", 7}});
    open(3, {{"L", 7}});
    CHECK(used("L") == 9);
}

TEST_CASE_METHOD(Fixture, "L4: a licence whose import was lost counts once it is imported again") {
    CHECK(stated({{"L", 1}, {"M", 6}}) == Stated{{"L", 1}, {"M", 6}});
    open(2, {{"M", 6}});
    CHECK(used("L") == 0);
    REQUIRE(import(MemoryLedger::terms("M", 8)).empty());
    CHECK(used("M") == 6);
    CHECK(stated({}) == Stated{{"M", 6}});
}

TEST_CASE_METHOD(Fixture, "L4: unclaimed seats go to the licence that takes the seats over") {
    activate(1);
    open(2, {{"L", 3}});
    ledger::LicenseTerms newer = MemoryLedger::terms("N", 20);
    newer.supersedes = {"L"};
    REQUIRE(import(newer).empty());
    CHECK(used("N") == 4);
    CHECK(stated({{"L", 9}, {"N", 1}}) == Stated{{"N", 3}});
    CHECK(stated({{"L", 9}, {"N", 11}}) == Stated{{"N", 10}});
}

TEST_CASE_METHOD(Fixture, "L4: where nothing is known, all that is left of each licence is unclaimed") {
    activate(1);
    CHECK(unclaimed_seats(state, nullptr) == Stated{{"L", 9}});
}

TEST_CASE_METHOD(Fixture, "L6: unclaimed seats and incarnations are part of the state's digest") {
    const auto digest_of = [this](ledger::IncarnationOpened opened) {
        LedgerState other;
        for (const ledger::Event& event : events) other.apply(event);
        other.apply({{events.size()}, now, customer().server_id + "/2", {}, {}, std::move(opened)});
        return other.digest();
    };
    const ledger::IncarnationOpened one{2, {}, "kept\n", "", {{"L", 5}}};
    CHECK(digest_of(one) == digest_of(one));
    CHECK(digest_of(one) != digest_of({2, {}, "kept\n", "", {{"L", 6}}}));
    CHECK(digest_of(one) != digest_of({2, ledger::IncarnationOpened::Reason::restored, "kept\n", "", {{"L", 5}}}));
}
