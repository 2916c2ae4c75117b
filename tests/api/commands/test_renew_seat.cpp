#include "tests/api/commands/memory_server.hpp"

using namespace api::commands;
using support::code_of;
using support::MemoryLedger;
using support::own_device;
using Change = SeatDecision::Change;

namespace {

struct Fixture : support::MemoryServer {
    Fixture() {
        ledger::LicenseTerms terms = MemoryLedger::terms("L", 3);
        terms.lease = MemoryLedger::leased(30, 20, 5);
        terms.valid_to = {(now + ledger::day * 40).us / 1'000'000 * 1'000'000};
        REQUIRE(import(terms));
        open_enrolment();
        id = activate(own_device(1)).value().seat.activation_id;
    }
    ledger::ActivationId id;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "renew: from renew_after on a new lease begins now; before it nothing is written") {
    now = now + ledger::day * 20 - ledger::microsecond;
    const auto early = run(renewal(id)).value();
    CHECK(early.change == Change::unchanged);
    CHECK(early.decision.drafts.empty());
    now = now + ledger::microsecond;
    const auto renewed = run(renewal(id)).value();
    CHECK(renewed.change == Change::renewed);
    CHECK(renewed.seat.lease_ends == now + ledger::day * 30);
    CHECK(renewed.current == events.back().sequence_number);
    CHECK(renewed.activated == early.activated);
    CHECK(events.back().actor.authority == ledger::Actor::Authority::device_key);
    CHECK(run(renewal(id)).value().decision.rests_on == renewed.current);
}

TEST_CASE_METHOD(Fixture, "renew: a perpetual seat is a success that changes nothing") {
    REQUIRE(import(MemoryLedger::terms("P", 3)));
    for (std::uint64_t i = 2; i <= 3; ++i) REQUIRE(activate(own_device(i)));
    const auto perpetual = activate(own_device(4)).value();
    REQUIRE(perpetual.seat.license_id == "P");
    now = now + ledger::day * 10'000;
    const auto renewed = run(renewal(perpetual.seat.activation_id)).value();
    CHECK(renewed.change == Change::unchanged);
    CHECK(renewed.decision.rests_on == perpetual.current);
}

TEST_CASE_METHOD(Fixture, "renew: in its grace a seat is still renewed, and after it there is none to renew") {
    now = now + ledger::day * 35 - ledger::microsecond;
    CHECK(expire() == 0);
    CHECK(run(renewal(id)).value().change == Change::renewed);
    now = now + ledger::day * 35;
    CHECK(expire() == 1);
    CHECK(code_of(run(renewal(id))) == "activation-released");
    CHECK(code_of(run(renewal({}))) == "activation-unknown");
}

TEST_CASE_METHOD(Fixture, "L11: in doubt nothing expires, and a renewal is not refused for a date") {
    now = now + ledger::day * 60;  // the licence has ended
    write({{}, ledger::TimePutInDoubt{}, {}});
    CHECK(expire() == 0);
    CHECK(run(renewal(id)).value().change == Change::renewed);
}

TEST_CASE_METHOD(Fixture, "renew: under an ended licence the seat moves to a valid one, or is refused by its code") {
    now = now + ledger::day * 25;
    REQUIRE(run(renewal(id)));
    now = now + ledger::day * 25;
    CHECK(code_of(run(renewal(id))) == "no-valid-license");
    REQUIRE(import(MemoryLedger::terms("N", 1)));
    REQUIRE(activate(own_device(8)));
    CHECK(code_of(run(renewal(id))) == "quota-reached");
    REQUIRE(import(MemoryLedger::terms("O", 1)));
    const auto moved = run(renewal(id)).value();
    CHECK(moved.seat.license_id == "O");
    CHECK(moved.seat.lease_ends.us == 0);
    const auto& licenses = decider.state().licenses();
    CHECK(decider.state().seats().used(licenses.find("L").value()) == 0);
    CHECK(decider.state().seats().used(licenses.find("O").value()) == 1);
}

TEST_CASE_METHOD(Fixture, "renew: a superseded licence's seats go on under the one that took them over, full or not") {
    ledger::LicenseTerms smaller = MemoryLedger::terms("S", 1);
    smaller.lease = MemoryLedger::leased(10, 5, 1);
    smaller.supersedes = {"L"};
    REQUIRE(activate(own_device(2)));
    REQUIRE(import(smaller));
    CHECK(code_of(activate(own_device(3))) == "quota-reached");
    now = now + ledger::day * 21;
    CHECK(run(renewal(id)).value().seat.license_id == "S");
    CHECK(decider.state().seats().used(decider.state().licenses().find("S").value()) == 2);
}

TEST_CASE_METHOD(Fixture, "renew: needs the device's key, or the pool's key with components that match") {
    now = now + ledger::day * 21;
    RenewSeat command = renewal(id);
    command.proof = DeviceKeyProof{{6, 6}};
    CHECK(code_of(run(command)) == "device-mismatch");
    command = renewal(id);
    command.components = own_device(2);
    CHECK(code_of(run(command)) == "device-mismatch");

    const auto made = prepare_access_key(KeyUse::enrolment, ledger::default_suite(), person, "pool", {}).value();
    REQUIRE(run(made.command));
    command.proof = EnrolmentKeyProof{{}};
    command.components = own_device(1);
    CHECK(code_of(run(command)) == "enrolment-key-invalid");
    command.proof = EnrolmentKeyProof{made.command.key_digest};
    command.components.reset();
    CHECK(code_of(run(command)) == "device-mismatch");
    command.components = own_device(1);
    CHECK(run(command).value().change == Change::renewed);
    CHECK(events.back().actor.authority == ledger::Actor::Authority::enrolment_key);
}

TEST_CASE_METHOD(Fixture, "renew: a changed component is recorded before the new lease, also when it is too early") {
    RenewSeat command = renewal(id);
    command.components = own_device(1);
    (*command.components)[0] = own_device(5)[0];
    const auto early = run(command).value();
    CHECK(early.change == Change::device_changed);
    CHECK(early.decision.drafts.size() == 1);
    now = now + ledger::day * 21;
    (*command.components)[0] = own_device(6)[0];
    command.annex = {annex_value(ledger::AnnexField::device_address, "192.0.2.1")};
    const auto due = run(command).value();
    CHECK(due.change == Change::renewed);
    REQUIRE(due.decision.drafts.size() == 2);
    CHECK(due.decision.drafts.front().annex.empty());
    CHECK(due.decision.drafts.back().annex == command.annex);
    CHECK(due.current == events.back().sequence_number);
    CHECK(due.seat.components == *command.components);
}

TEST_CASE_METHOD(Fixture, "release: by the device's key or by a person; the second time succeeds without an event") {
    CHECK(code_of(run(ReleaseSeat{id, DeviceKeyProof{{6}}})) == "device-mismatch");
    const auto released = run(ReleaseSeat{id, DeviceKeyProof{{7, 7, 7}}}).value();
    CHECK(released.change == Change::released);
    const std::size_t count = events.size();
    CHECK(decider.state().seats().held() == 0);
    CHECK(code_of(run(ReleaseSeat{id, DeviceKeyProof{{6}}})) == "device-mismatch");
    const auto again = run(ReleaseSeat{id, DeviceKeyProof{{7, 7, 7}}}).value();
    CHECK(again.seat == released.seat);
    CHECK(again.decision.rests_on.value == count - 1);
    CHECK(events.size() == count);
    CHECK(code_of(run(ReleaseSeat{{}, OperatorProof{person}})) == "activation-unknown");

    const auto fresh = activate(own_device(1)).value();
    CHECK(fresh.change == Change::created);
    CHECK(fresh.seat.activation_id != id);
    CHECK(run(ReleaseSeat{fresh.seat.activation_id, OperatorProof{person}}));
    CHECK(events.back().actor == person);
}

TEST_CASE_METHOD(Fixture, "find: a seat is found while it is held, and as released after that") {
    const auto held = run(FindSeat{id}).value();
    CHECK(held.change == Change::unchanged);
    CHECK(held.seat.activation_id == id);
    CHECK(held.renew_after == now + ledger::day * 20);
    REQUIRE(run(ReleaseSeat{id, OperatorProof{person}}));
    const auto gone = run(FindSeat{id}).value();
    CHECK(gone.change == Change::released);
    CHECK(gone.seat == held.seat);
    CHECK(code_of(run(FindSeat{{}})) == "activation-unknown");
}
