#include "ledger/core/event_codec.hpp"
#include "tests/projections/memory_ledger.hpp"

using namespace projections;
using support::MemoryLedger;
using support::own_device;

namespace {

/// A little of everything.
void live_a_little(MemoryLedger& book) {
    ledger::LicenseTerms terms = MemoryLedger::terms("L1", 50);
    terms.lease = MemoryLedger::leased(30, 20, 5);
    book.append(ledger::ServerCertified{{MemoryLedger::customer().certificate.der()}});
    book.import(terms);
    book.append(ledger::EnrolmentKeyCreated{{1}, {}, "pool", {}});
    book.append(ledger::SettingChanged{"open_enrolment", "true"});
    book.append(ledger::TlsCertificateChanged{});
    std::vector<ledger::Seat> seats;
    for (std::uint64_t i = 0; i < 40; ++i) {
        seats.push_back(book.seat("L1", own_device(i)));
        book.now = book.now + ledger::minute;
        book.append(ledger::SeatActivated{seats.back()});
    }
    for (std::size_t i = 0; i < 10; ++i) book.append(ledger::SeatReleased{seats[i].activation_id});
    book.now = book.now + ledger::day * 36;
    for (std::size_t i = 10; i < 15; ++i) book.append(ledger::SeatExpired{seats[i].activation_id});
    ledger::Seat changed = seats[20];
    changed.components.back().digest.bytes[0] ^= 1;
    book.append(ledger::SeatDeviceChanged{changed});
    terms.license_id = "L2";
    terms.supersedes = {"L1"};
    book.import(terms);
    book.append(ledger::TimePutInDoubt{});
    book.append(ledger::TimeConfirmed{book.now + ledger::day * 5});
    book.now = book.now + ledger::day * 5;
    book.append(ledger::TimeConfirmationUndone{book.events.back().sequence_number, ledger::day * 5});
    book.append(ledger::LogKeyCreated{{2}, {}, "auditor", {}});
    book.append(ledger::LogKeyRevoked{{2}});
    book.append(ledger::EnrolmentKeyRevoked{{1}});
}

}  // namespace

TEST_CASE("L6: folding the same stored events again gives a byte-identical state, after every event") {
    MemoryLedger book;
    live_a_little(book);
    LedgerState again;
    MemoryLedger step_by_step;
    std::vector<ledger::Digest> digests;
    for (const ledger::Event& event : book.events) {
        const auto stored = ledger::encode_event(event).value();
        again.apply(ledger::decode_event(stored).value());
        CHECK(std::ranges::find(digests, again.digest()) == digests.end());  // every one of these events matters
        digests.push_back(again.digest());
    }
    CHECK(again.digest() == book.state.digest());
    CHECK(again.size().value == book.events.size());
    CHECK(again.applied_through() == book.events.back().sequence_number);
}

TEST_CASE("L6: the digest tells two histories apart, and does not depend on how records came to be numbered") {
    MemoryLedger one;
    live_a_little(one);
    MemoryLedger other;
    live_a_little(other);
    CHECK(one.state.digest() == other.state.digest());
    other.append(ledger::ServerStarted{"1.1"});
    one.append(ledger::ServerStarted{"1.1"});
    CHECK(one.state.digest() == other.state.digest());
    one.append(ledger::SeatActivated{one.seat("L2", own_device(900))});
    other.append(ledger::SeatActivated{other.seat("L2", own_device(901))});
    // The activations and events are alike here: what differs is which device hits.
    CHECK(one.state.digest() != other.state.digest());
    other.append(ledger::SeatActivated{other.seat("L2", own_device(902))});
    CHECK(one.state.digest() != other.state.digest());
}

TEST_CASE("ledger state: knows the parts that events told it") {
    MemoryLedger book;
    CHECK(book.state.identity().genesis()->server_id == MemoryLedger::customer().server_id);
    CHECK(book.state.identity().certificates().empty());
    CHECK_FALSE(book.state.settings().open_enrolment());
    live_a_little(book);
    CHECK(book.state.identity().certificates() ==
          std::vector<ledger::Bytes>{MemoryLedger::customer().certificate.der()});
    CHECK(book.state.identity().keys().present().number == 1);
    CHECK(book.state.settings().open_enrolment());
    CHECK(book.state.settings().tls_certificate());
    CHECK(book.state.enrolment_keys().find(AccessKeyId{1})->revoked_by == book.events.back().sequence_number);
    CHECK(book.state.enrolment_keys().find(ledger::Digest{})->holder == "pool");
    CHECK(book.state.seats().held() == 25);
    CHECK(book.state.time().confirmations().size() == 1);
}

TEST_CASE("ledger state: a state before event 0 is empty and has a digest") {
    const LedgerState empty;
    CHECK_FALSE(empty.applied_through());
    CHECK(empty.identity().genesis() == nullptr);
    CHECK(empty.digest() == LedgerState().digest());
}
