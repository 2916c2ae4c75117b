#include "tests/projections/memory_ledger.hpp"

using namespace projections;
using support::Codes;
using support::MemoryLedger;
using support::own_device;

namespace {

struct Fixture : MemoryLedger {
    Fixture() {
        ledger::LicenseTerms terms = MemoryLedger::terms("L", 2);
        terms.lease = leased(30, 20, 5);
        REQUIRE(import(terms).empty());
    }
    ledger::Seat activate(std::uint64_t number) {
        ledger::Seat made = MemoryLedger::seat("L", own_device(number));
        REQUIRE(append(ledger::SeatActivated{made}).empty());
        return made;
    }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "L4: a seat beyond the licence's quantity is found, with used and limit") {
    activate(1);
    activate(2);
    const ledger::Seat third = MemoryLedger::seat("L", own_device(3));
    const ledger::Event event{{events.size()}, now, {}, {}, {}, ledger::SeatActivated{third}};
    const auto findings = SeatRules(state, *this).judge(event).value();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].code == errc::seat_beyond_quota);
    CHECK(findings[0].sentence(ledger::Language::english) ==
          "Event 4 gives a seat of licence L, of which 2 of 2 were taken.");
    CHECK(findings[0].sentence(ledger::Language::chinese).find('{') == std::string::npos);
    append(ledger::SeatReleased{events[2].seat()->activation_id});
    CHECK(append(ledger::SeatActivated{third}).empty());
}

TEST_CASE_METHOD(Fixture, "L4: a seat of a licence that is unknown, not begun, ended or superseded is found") {
    ledger::Seat seat = MemoryLedger::seat("L", own_device(1));
    ledger::Seat unknown = seat;
    unknown.license_id = "X";
    CHECK(append(ledger::SeatActivated{unknown}) == Codes{"seat-license-unknown"});

    ledger::LicenseTerms later = MemoryLedger::terms("LATER", 5);
    later.valid_from = {(now + ledger::day * 10).us / 1'000'000 * 1'000'000};
    later.valid_to = later.valid_from + ledger::day;
    import(later);
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("LATER", own_device(2))}) == Codes{"seat-license-not-valid"});
    now = now + ledger::day * 10 + ledger::hour;
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("LATER", own_device(3))}).empty());
    now = now + ledger::day;
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("LATER", own_device(4))}) == Codes{"seat-license-not-valid"});
    append(ledger::TimePutInDoubt{});
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("LATER", own_device(5))}).empty());  // L11

    ledger::LicenseTerms newer = MemoryLedger::terms("N", 5);
    newer.supersedes = {"LATER"};
    import(newer);
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("LATER", own_device(6))}) == Codes{"seat-license-not-valid"});
}

TEST_CASE_METHOD(Fixture, "L4: a lease, product or device that the licence does not grant is found") {
    ledger::Seat longer = MemoryLedger::seat("L", own_device(1));
    longer.lease_ends = longer.lease_ends + ledger::day;
    longer.grace_ends = longer.grace_ends + ledger::day;
    CHECK(append(ledger::SeatActivated{longer}) == Codes{"seat-license-mismatch"});
    append(ledger::SeatReleased{longer.activation_id});
    ledger::Seat other = MemoryLedger::seat("L", own_device(2));
    other.product = "other";
    CHECK(append(ledger::SeatActivated{other}) == Codes{"seat-license-mismatch"});
    append(ledger::SeatReleased{other.activation_id});
    const ledger::Seat few = MemoryLedger::seat("L", support::device({{"mac", "1"}, {"machine_id", "1"}}));
    CHECK(append(ledger::SeatActivated{few}) == Codes{"seat-license-mismatch"});
}

TEST_CASE_METHOD(Fixture, "L4: a renewal that moves to a full licence is found") {
    const ledger::Seat seat = activate(1);
    REQUIRE(import(MemoryLedger::terms("M", 1)).empty());
    REQUIRE(append(ledger::SeatActivated{MemoryLedger::seat("M", own_device(2))}).empty());
    ledger::Seat moved = seat;
    moved.license_id = "M";
    moved.lease_ends = moved.grace_ends = {};
    CHECK(append(ledger::SeatRenewed{moved}) == Codes{"seat-beyond-quota"});
}

TEST_CASE_METHOD(Fixture, "L5: a second seat for the same device, or a used activation id, is found") {
    const ledger::Seat seat = activate(1);
    auto components = own_device(1);
    components[0] = own_device(2)[0];
    components[1] = own_device(2)[1];
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("L", components)}) == Codes{"seat-twice"});

    ledger::Seat same_id = MemoryLedger::seat("L", own_device(7));
    same_id.activation_id = seat.activation_id;
    append(ledger::SeatReleased{seat.activation_id});
    CHECK(append(ledger::SeatActivated{same_id}) == Codes{"activation-id-twice"});
}

TEST_CASE_METHOD(Fixture, "L5: events about activations that are not active, and seats that change hands, are found") {
    const ledger::Seat seat = activate(1);
    ledger::Seat stranger = MemoryLedger::seat("L", own_device(2));
    CHECK(append(ledger::SeatRenewed{stranger}) == Codes{"activation-not-active"});
    CHECK(append(ledger::SeatDeviceChanged{stranger}) == Codes{"activation-not-active"});
    CHECK(append(ledger::SeatReleased{stranger.activation_id}) == Codes{"activation-not-active"});
    CHECK(append(ledger::SeatExpired{stranger.activation_id}) == Codes{"activation-not-active"});

    ledger::Seat changed = seat;
    changed.components[0] = own_device(9)[0];
    CHECK(append(ledger::SeatDeviceChanged{changed}).empty());
    CHECK(append(ledger::SeatRenewed{changed}).empty());
    ledger::Seat stolen = changed;
    stolen.components = own_device(5);
    CHECK(append(ledger::SeatDeviceChanged{stolen}) == Codes{"seat-changed-hands"});
    ledger::Seat rekeyed = stolen;
    rekeyed.device_public_key = {9, 9};
    CHECK(append(ledger::SeatRenewed{rekeyed}) == Codes{"seat-changed-hands"});
}

TEST_CASE_METHOD(Fixture, "L11: time that goes back is found, and the fold goes on") {
    activate(1);
    now = now - ledger::second;
    CHECK(append(ledger::ServerStarted{"1"}) == Codes{"time-went-back"});
    CHECK(state.time().last_event() == now + ledger::second);
    now = now + ledger::second;
    CHECK(append(ledger::ServerStarted{"1"}).empty());
}

TEST_CASE_METHOD(Fixture, "L11: an expiry before the grace ends, of a perpetual seat, or in doubt is found") {
    const ledger::Seat seat = activate(1);
    now = seat.grace_ends - ledger::microsecond;
    const auto copy = activate(2);
    CHECK(append(ledger::SeatExpired{seat.activation_id}) == Codes{"expired-too-early"});
    now = copy.grace_ends;
    append(ledger::TimePutInDoubt{});
    CHECK(append(ledger::SeatExpired{copy.activation_id}) == Codes{"expired-in-doubt"});
    append(ledger::TimeConfirmed{now});
    import(MemoryLedger::terms("P", 5));
    const ledger::Seat perpetual = MemoryLedger::seat("P", own_device(3));
    CHECK(append(ledger::SeatActivated{perpetual}).empty());
    now = now + ledger::day * 10'000;
    CHECK(append(ledger::SeatExpired{perpetual.activation_id}) == Codes{"expired-too-early"});
}

TEST_CASE_METHOD(Fixture, "L11: dates are judged without what an undone confirmation added") {
    ledger::LicenseTerms year = MemoryLedger::terms("YEAR", 9);
    year.valid_to = year.valid_from + ledger::day * 365;
    import(year);
    append(ledger::TimePutInDoubt{});
    const ledger::Timestamp wrong = now + ledger::day * 3'650;
    CHECK(append(ledger::TimeConfirmed{wrong}).empty());
    const auto confirmation = events.back().sequence_number;
    CHECK(append(ledger::ServerStarted{"1"}) == Codes{"time-went-back"});  // not before the confirmed time
    now = wrong;
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("YEAR", own_device(1))}) == Codes{"seat-license-not-valid"});
    const ledger::Duration jump = state.time().find(confirmation)->jump;
    CHECK(jump == ledger::day * 3'650);
    CHECK(append(ledger::TimeConfirmationUndone{confirmation, jump}).empty());
    CHECK(append(ledger::SeatActivated{MemoryLedger::seat("YEAR", own_device(2))}).empty());
}

TEST_CASE_METHOD(Fixture, "L11: confirming what is not in doubt, or undoing twice or by another span, is found") {
    CHECK(append(ledger::TimeConfirmed{now}) == Codes{"time-confirmation-wrong"});
    append(ledger::TimePutInDoubt{});
    CHECK(append(ledger::TimeConfirmed{now + ledger::day}).empty());
    const auto confirmation = events.back().sequence_number;
    now = now + ledger::day;
    CHECK(append(ledger::TimeConfirmationUndone{{1}, {}}) == Codes{"time-confirmation-wrong"});
    CHECK(append(ledger::TimeConfirmationUndone{confirmation, ledger::day}).empty());
    CHECK(append(ledger::TimeConfirmationUndone{confirmation, ledger::day}) == Codes{"time-confirmation-wrong"});
}

TEST_CASE_METHOD(Fixture, "seat rules: a hole, a repeated number and a second genesis are found") {
    const ledger::Event hole{{events.size() + 1}, now, {}, {}, {}, ledger::ServerStarted{"1"}};
    CHECK(SeatRules(state, *this).judge(hole).value().front().code == errc::event_out_of_place);
    const ledger::Event again{{events.size() - 1}, now, {}, {}, {}, ledger::ServerStarted{"1"}};
    CHECK(SeatRules(state, *this).judge(again).value().front().code == errc::event_out_of_place);
    CHECK(append(ledger::LedgerCreated{}) == Codes{"event-out-of-place"});
    CHECK(state.identity().genesis()->server_id == customer().server_id);
    const LedgerState empty;
    const ledger::Event first{{0}, now, {}, {}, {}, ledger::ServerStarted{"1"}};
    CHECK(SeatRules(empty, *this).judge(first).value().front().code == errc::event_out_of_place);
}

TEST_CASE_METHOD(Fixture, "seat rules: a report of a time to come, or of events that are not there, is found") {
    const auto report = [&](ledger::Timestamp at, std::uint64_t size) {
        return append(ledger::ReportIssued{at, {size}, 0, {}, {}, false});
    };
    const ledger::Timestamp past{now.us - 1};
    CHECK(report(past, events.size()).empty());
    CHECK(report(past, 1).empty());
    CHECK(report(past, events.size() + 1) == Codes{"report-wrong"});
    CHECK(report(now, 1) == Codes{"report-wrong"});
    CHECK(report(now + ledger::day, 1) == Codes{"report-wrong"});
}
