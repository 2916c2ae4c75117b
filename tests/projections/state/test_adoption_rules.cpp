#include "projections/state/adoption_rules.hpp"
#include "tests/projections/lost_seats.hpp"

using namespace projections;
using support::Codes;
using support::lost_proof;
using support::lost_seat;
using support::MemoryLedger;
using support::own_device;

namespace {

/// A licence of 2 seats, both of which may have been given before the loss.
struct Fixture : support::MemoryLedger {
    Fixture() {
        REQUIRE(import(MemoryLedger::terms("L", 2)).empty());
        incarnation = 2;
        REQUIRE(append(ledger::IncarnationOpened{2, {}, "kept\n", support::lost_anchor({{"L", 2}}), {{"L", 2}}}, people)
                    .empty());
    }
    Codes prove(const ledger::Seat& seat) { return append(lost_proof(seat)); }
    /// The newest event is its proof.
    Codes adopt(const ledger::Seat& seat, ledger::Actor actor = {}) {
        return append(ledger::SeatAdopted{seat, events.back().sequence_number}, std::move(actor));
    }
    [[nodiscard]] ledger::Seat lent(std::uint64_t device) {
        ledger::Seat seat = MemoryLedger::seat("L", own_device(device));
        const Lease lease = lent_lease(state.settings(), now);
        seat.lease_ends = lease.ends;
        seat.grace_ends = lease.grace_ends;
        return seat;
    }
    const ledger::Actor people{
        ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "rules: an adoption with its proof is in order, and one more than is unclaimed is found") {
    for (std::uint64_t device = 1; device <= 2; ++device) {
        CHECK(prove(lost_seat(device)).empty());
        CHECK(adopt(lost_seat(device)).empty());
    }
    CHECK(state.seats().unclaimed_of({0}) == 0);
    CHECK(prove(lost_seat(3)).empty());  // on record, and waits
    CHECK(adopt(lost_seat(3)) == Codes{"adoption-beyond-unclaimed"});
    CHECK(prove(lost_seat(4)).empty());
    CHECK(adopt(lost_seat(4), people).empty());
}

TEST_CASE_METHOD(Fixture, "rules: a forged proof is found, whatever of it was forged") {
    ledger::AdoptionProven genuine = lost_proof(lost_seat(1));
    const auto forged = [&](auto change) {
        ledger::AdoptionProven proof = genuine;
        change(proof);
        return append(std::move(proof));
    };
    const Codes wrong{"adoption-proof-wrong"};
    CHECK(forged([](auto& proof) { proof.path.front().bytes[0] ^= 1; }) == wrong);
    CHECK(forged([](auto& proof) { proof.path.pop_back(); }) == wrong);
    CHECK(forged([](auto& proof) { ++proof.index.value; }) == wrong);
    CHECK(forged([](auto& proof) { proof.event.back() ^= 1; }) == wrong);
    CHECK(forged([](auto& proof) { proof.event = lost_proof(lost_seat(2)).event; }) == wrong);
    CHECK(forged([](auto& proof) { proof.head = lost_proof(lost_seat(2)).head; }) == wrong);
    CHECK(forged([](auto& proof) { proof.head = "nonsense\n"; }) == wrong);
    CHECK(append(lost_proof(lost_seat(1), 6, 2)) == wrong);  // of the present incarnation
    CHECK(append(lost_proof(ledger::EventBody(ledger::SeatLent{lost_seat(1)}))) == wrong);  // somebody else's seat
    Fixture other;  // a fold takes also what is wrong as far as it can be read
    CHECK(other.append(genuine).empty());
}

TEST_CASE_METHOD(Fixture, "rules: an adoption before its proof, with another's, or a second time is found") {
    CHECK(append(ledger::SeatAdopted{lost_seat(1), {1}}) == Codes{"adoption-without-proof"});
    CHECK(prove(lost_seat(2)).empty());
    CHECK(prove(lost_seat(2)) == Codes{"adoption-needless"});  // it waits already
    CHECK(append(ledger::SeatAdopted{lost_seat(2), {2}}) == Codes{"adoption-without-proof"});
    CHECK(prove(lost_seat(3)).empty());
    CHECK(append(ledger::AdoptionRefused{lost_seat(3).activation_id}) == Codes{"authority-missing"});
    CHECK(append(ledger::AdoptionRefused{lost_seat(3).activation_id}, people) == Codes{"adoption-without-proof"});
}

TEST_CASE_METHOD(Fixture,
                 "rules: an adopted seat is the one that was proven, under its licence and for its device alone") {
    const auto wrong = [&](auto change) {
        ledger::Seat seat = lost_seat(1);
        seat.activation_id.bytes[5] = static_cast<std::uint8_t>(events.size());
        REQUIRE(prove(seat).empty());
        change(seat);
        Codes codes = adopt(seat);
        append(ledger::SeatReleased{seat.activation_id});
        return codes;
    };
    CHECK(wrong([](ledger::Seat& seat) { seat.device_public_key = {1}; }) == Codes{"seat-changed-hands"});
    CHECK(wrong([](ledger::Seat& seat) { seat.components = own_device(2); }) == Codes{"seat-changed-hands"});
    CHECK(wrong([](ledger::Seat& seat) { seat.license_id = "M"; }) == Codes{"seat-license-unknown"});
    CHECK(wrong([this](ledger::Seat& seat) { seat.lease_ends = seat.grace_ends = now; }) ==
          Codes{"seat-license-mismatch", "adoption-beyond-unclaimed"});
}

TEST_CASE_METHOD(Fixture, "rules: an adoption over a loan takes an unclaimed seat, and over a kept place none") {
    const ledger::Seat loan = lent(1);
    REQUIRE(append(ledger::SeatLent{loan}).empty());
    // Lost in its turn: that the loan became an ordinary seat.
    incarnation = 3;
    REQUIRE(append(ledger::IncarnationOpened{3, {}, "kept\n", support::lost_anchor({{"L", 2}}, 2), {{"L", 2}}}, people)
                .empty());
    ledger::Seat granted = loan;
    granted.lease_ends = granted.grace_ends = {};
    REQUIRE(append(lost_proof(granted, 900, 2)).empty());
    CHECK(adopt(granted).empty());
    CHECK(state.seats().unclaimed_of({0}) == 1);
    CHECK(state.seats().used({0}) == 2);

    Fixture kept;
    REQUIRE(kept.import(MemoryLedger::terms("M", 2)).empty());
    ledger::LegacySeatReserved place;
    place.activation_id = lost_seat(5).activation_id;
    place.license_id = "M";
    place.product = MemoryLedger::customer().terms().product;
    place.components = own_device(5);
    place.record = ledger::default_suite().hash({});
    place.reserved_until = kept.now + ledger::day;
    REQUIRE(kept.append(place).empty());
    CHECK(kept.state.seats().used({1}) == 1);
    REQUIRE(kept.prove(lost_seat(5, "M")).empty());
    CHECK(kept.adopt(lost_seat(5, "M")).empty());  // though nothing of M is unclaimed
    CHECK(kept.state.seats().used({1}) == 1);
    CHECK(kept.state.seats().legacy_of({1}) == 0);
}

TEST_CASE_METHOD(Fixture, "rules: no more seats are lent than are unclaimed, and freeing takes people and time") {
    ledger::Seat first = lent(1);
    CHECK(append(ledger::SeatLent{first}).empty());
    CHECK(append(ledger::SeatLent{lent(1)}) == Codes{"seat-twice"});
    CHECK(state.seats().lent() == 2);
    CHECK(append(ledger::SeatLent{lent(3)}) == Codes{"lent-beyond-unclaimed"});
    CHECK(append(ledger::UnclaimedFreed{{"L", 1}}, people) == Codes{"freed-wrong"});
    now = now + ledger::day * 30;
    CHECK(append(ledger::UnclaimedFreed{{"L", 3}}, people) == Codes{"freed-wrong"});
    Fixture other;
    CHECK(other.append(ledger::ServerStarted{"1.0"}).empty());  // from here the days count
    other.now = other.now + ledger::day * 30;
    CHECK(other.append(ledger::UnclaimedFreed{{"L", 1}}) == Codes{"authority-missing"});
    CHECK(other.append(ledger::UnclaimedFreed{{"L", 1}}, other.people).empty());
    CHECK(other.state.seats().used({0}) == 0);
}

TEST_CASE("rules: a new log after a loss keeps the device salt that the anchor knew") {
    MemoryLedger ledger;
    ledger.incarnation = 2;
    const auto opened = [&](std::string anchor) {
        return ledger::IncarnationOpened{
            2, ledger::IncarnationOpened::Reason::log_lost, "", std::move(anchor), {{"L", 2}}};
    };
    CHECK(ledger.append(opened(support::lost_anchor({{"L", 2}}))).empty());
    MemoryLedger other;
    other.events.clear();
    CHECK(ledger.state.identity().incarnations().opened().front().kept().value == 0);
}
