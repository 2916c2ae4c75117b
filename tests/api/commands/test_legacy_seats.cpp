#include "api/commands/legacy_seats.hpp"
#include "tests/api/commands/memory_server.hpp"

using namespace api::commands;
using ledger::Language;
using support::code_of;
using support::device;
using support::MemoryLedger;
using support::MemoryServer;
using support::own_device;
using Status = LegacyOutcome::Status;

namespace {

const ledger::Actor two_people{
    ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}};

/// A licence of four seats; three of five kinds must agree.
struct Fixture : MemoryServer {
    Fixture() {
        REQUIRE(import(MemoryLedger::terms("L", 4)));
        open_enrolment();
    }
    static LegacyRecord record(std::string key, std::string mac) {
        return {std::move(key), {{"mac", std::move(mac)}}, "desktop", {}};
    }
    [[nodiscard]] LegacyRow row(std::uint64_t n) const {
        LegacyRow row = prepare(record("record " + std::to_string(n), "02:00:00:00:00:01"), preparation());
        row.components = own_device(n);
        return row;
    }
    [[nodiscard]] ReserveLegacySeats rows(std::vector<LegacyRow> rows) const {
        return {two_people, "vdi-desktop", now + ledger::day * 90, std::move(rows)};
    }
    std::vector<LegacyOutcome> reserve(std::vector<LegacyRow> some) {
        return run(rows(std::move(some))).value().outcomes;
    }
    [[nodiscard]] std::uint64_t used() const { return decider.state().seats().used({0}); }
};

std::string why(const LegacyOutcome& outcome) {
    return outcome.refused ? std::string(outcome.refused->stable_code()) : "success";
}

}  // namespace

TEST_CASE_METHOD(Fixture, "legacy seats: each row is for itself, and a record is taken once") {
    auto outcomes = reserve({row(1), row(2), row(1), prepare(record("", "x"), preparation())});
    REQUIRE(outcomes.size() == 4);
    CHECK(outcomes[0].status == Status::reserved);
    CHECK(outcomes[1].status == Status::reserved);
    CHECK(outcomes[2].status == Status::taken_before);
    CHECK(outcomes[2].activation == outcomes[0].activation);
    CHECK(why(outcomes[3]) == "legacy-record-malformed");
    CHECK(used() == 2);

    const std::size_t before = events.size();
    outcomes = reserve({row(2), row(1)});
    CHECK(outcomes[0].status == Status::taken_before);
    CHECK(outcomes[1].status == Status::taken_before);
    CHECK(outcomes[0].license_id == "L");
    CHECK(events.size() == before);
}

TEST_CASE_METHOD(Fixture,
                 "L4: more rows than seats are reported, and the surplus is not kept, also within one command") {
    auto outcomes = reserve({row(1), row(2), row(3), row(4), row(5), row(6)});
    CHECK(outcomes[3].status == Status::reserved);
    CHECK(why(outcomes[4]) == "legacy-quota-reached");
    CHECK(why(outcomes[5]) == "legacy-quota-reached");
    CHECK(outcomes[4].refused->sentence(Language::english) ==
          "No seat of vdi-desktop is free to be kept: 4 of 4 are taken.");
    CHECK(used() == 4);
    CHECK(code_of(activate(own_device(7))) == "quota-reached");
}

TEST_CASE_METHOD(Fixture, "L5: a desktop claims its kept seat at its first call, and has no second one") {
    const auto outcomes = reserve({row(1), row(2), row(3), row(4)});
    const auto claimed = activate(own_device(3));
    REQUIRE(claimed);
    CHECK(claimed->change == SeatDecision::Change::created);
    CHECK(claimed->seat.activation_id == outcomes[2].activation);
    CHECK(used() == 4);
    const auto again = activate(own_device(3));
    CHECK(again->change == SeatDecision::Change::unchanged);
    CHECK(again->seat.activation_id == outcomes[2].activation);
    // The record again, though its seat was claimed meanwhile, and another record of the same device.
    CHECK(reserve({row(3)})[0].status == Status::taken_before);
    LegacyRow other = row(9);
    other.components = own_device(3);
    CHECK(why(reserve({other})[0]) == "legacy-device-active");
}

TEST_CASE_METHOD(Fixture, "L5: two records of one device keep one seat") {
    LegacyRow twin = row(2);
    twin.components = own_device(1);
    CHECK(why(reserve({row(1), twin})[1]) == "legacy-device-reserved");
    CHECK(why(reserve({twin})[0]) == "legacy-device-reserved");
    CHECK(used() == 1);
}

TEST_CASE_METHOD(Fixture, "legacy seats: a record is recognised by what it has, and refused without anything usable") {
    LegacyRow thin = prepare(record("thin", "02:00:00:00:00:09"), preparation());
    REQUIRE(thin.components.size() == 1);
    CHECK(reserve({thin})[0].status == Status::reserved);
    auto components = own_device(1);
    for (auto& component : components) {
        if (component.kind == "mac") component = thin.components[0];
    }
    CHECK(activate(components)->change == SeatDecision::Change::created);
    CHECK(used() == 1);

    LegacyRow useless = row(5);
    useless.components = device({{"monitor_serial", "x"}});
    CHECK(why(reserve({useless})[0]) == "legacy-components-unusable");
    useless.components = {};
    CHECK(why(reserve({useless})[0]) == "legacy-components-unusable");
    LegacyRecord none = record("none", "02:00:00:00:00:09");
    none.components.clear();
    CHECK(why(reserve({prepare(none, preparation())})[0]) == "component-malformed");
    LegacyRecord named = record("named", "02:00:00:00:00:09");
    named.device_name = "two\nlines";
    CHECK(why(reserve({prepare(named, preparation())})[0]) == "device-name-malformed");
}

TEST_CASE_METHOD(Fixture,
                 "legacy seats: a seat that the anchor does not cover yet is not kept, and is a moment later") {
    reservations.at_once = false;
    reservations.granted["L"] = 1;
    const auto outcomes = reserve({row(1), row(2)});
    CHECK(outcomes[0].status == Status::reserved);
    CHECK(why(outcomes[1]) == "seats-not-reserved");
    CHECK(reservations.wanted["L"] == 2);
    reservations.granted["L"] = 2;
    CHECK(reserve({row(1), row(2)})[1].status == Status::reserved);
}

TEST_CASE_METHOD(Fixture, "legacy seats: a whole command is refused for a product nobody has, or an end in the past") {
    ReserveLegacySeats command = rows({row(1)});
    command.product = "other";
    CHECK(code_of(run(command)) == "product-unknown");
    command = rows({row(1)});
    command.reserved_until = now;
    CHECK(code_of(run(command)) == "legacy-until-in-the-past");
}

TEST_CASE_METHOD(Fixture, "legacy seats: unclaimed ones are given up after their time, and may then be anybody's") {
    const auto outcomes = reserve({row(1), row(2), row(3), row(4)});
    REQUIRE(activate(own_device(1)));
    const auto free = [&](std::size_t i) { return run(FreeLegacySeat{two_people, outcomes[i].activation}); };
    CHECK(code_of(free(1)) == "legacy-seat-promised");
    CHECK(code_of(run(FreeLegacySeat{two_people, {}})) == "legacy-seat-unknown");
    now = now + ledger::day * 90;
    CHECK(code_of(free(0)) == "legacy-seat-claimed");
    const auto page = list_legacy_seats(decider.context(moment()), 0, 3);
    REQUIRE(page.seats.size() == 3);
    CHECK(!page.seats[0].may_be_freed);
    CHECK(page.seats[1].may_be_freed);
    CHECK(page.next == 3U);
    CHECK(!list_legacy_seats(decider.context(moment()), 3, 3).next);
    REQUIRE(free(1));
    CHECK(used() == 3);
    const std::size_t before = events.size();
    CHECK(free(1));  // again
    CHECK(events.size() == before);
    CHECK(activate(own_device(9)));
    // The desktop that came too late gets none of the others' seats.
    CHECK(code_of(activate(own_device(2))) == "quota-reached");
    write({{}, ledger::TimePutInDoubt{now}, {}});
    CHECK(code_of(free(2)) == "legacy-time-in-doubt");
}

TEST_CASE_METHOD(
    Fixture, "L4: a kept seat is claimed under the licence that took the others over, or another when it has ended") {
    reserve({row(1), row(2)});
    ledger::LicenseTerms next = MemoryLedger::terms("M", 2);
    next.supersedes = {"L"};
    next.valid_to = now + ledger::day * 10;
    REQUIRE(import(next));
    CHECK(activate(own_device(1))->seat.license_id == "M");
    now = now + ledger::day * 11;
    CHECK(code_of(activate(own_device(2))) == "no-valid-license");
    REQUIRE(import(MemoryLedger::terms("N", 1)));
    CHECK(activate(own_device(2))->seat.license_id == "N");
    CHECK(code_of(activate(own_device(3))) == "quota-reached");
}
