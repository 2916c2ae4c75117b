#include <catch2/catch.hpp>

#include "ledger/core/event_codec.hpp"
#include "ledger/core/time_text.hpp"
#include "projections/state/errc.hpp"
#include "projections/state/statement_maker.hpp"
#include "tests/projections/memory_ledger.hpp"

// Statements of who held which seat at a time. docs/formats/report.md.

namespace projections {
namespace {

using ledger::Timestamp;

/// A ledger whose events can be read back, as a log's can.
class ReportedLedger : public support::MemoryLedger {
 public:
    ReportedLedger() { import(terms("L-1", 10)); }

    [[nodiscard]] StatementSource source() const {
        const auto stored = [this](std::uint64_t number) { return ledger::encode_event(events.at(number)).value(); };
        return {
            [stored](ledger::SequenceNumber from, ledger::TreeSize to,
                     const StatementSource::Visitor& visit) -> ledger::Result<void> {
                for (std::uint64_t i = from.value; i < to.value && visit({i}, stored(i)); ++i) continue;
                return {};
            },
            [stored](ledger::SequenceNumber number) -> ledger::Result<ledger::Bytes> { return stored(number.value); }};
    }
    [[nodiscard]] ledger::TreeSize size() const { return {events.size()}; }
    ledger::Seat activate(std::uint64_t device) {
        now = now + ledger::second;
        ledger::Seat one = seat("L-1", support::own_device(device));
        append(ledger::SeatActivated{one});
        return one;
    }
    template <class Body>
    void later(Body body, const ledger::Actor& actor = {}) {
        now = now + ledger::second;
        append(std::move(body), actor);
    }
};

struct Statement {
    std::string text;
    StatementHead head;
    std::vector<StatementLoss> losses;
    std::vector<StatementLicense> licenses;
    std::vector<StatementSeat> seats;
    StatementTotals totals;
    ledger::Digest digest;
};

Statement statement_of(const ReportedLedger& book, Timestamp at) {
    Statement made;
    const ledger::TreeSize size = size_at(book.source(), book.size(), at).value();
    StatementMaker maker(book.source(), size, at, [&](const StatementLine& line, std::string_view text) {
        // What is written is read again as what it was.
        CHECK(parse_statement_line(text.substr(0, text.size() - 1)).value() == line);
        made.text += text;
        if (const auto* loss = std::get_if<StatementLoss>(&line)) made.losses.push_back(*loss);
        if (const auto* license = std::get_if<StatementLicense>(&line)) made.licenses.push_back(*license);
        if (const auto* seat = std::get_if<StatementSeat>(&line)) made.seats.push_back(*seat);
        return ledger::Result<void>();
    });
    for (bool complete = false; !complete; complete = maker.step().value()) CHECK(maker.done() <= maker.total());
    made.head = maker.head();
    made.totals = maker.totals();
    made.digest = maker.digest();
    CHECK(made.digest == ledger::default_suite().hash(ledger::as_bytes(made.text)));
    CHECK(made.head.size == size);
    CHECK(made.totals.seats == made.seats.size());
    return made;
}

}  // namespace

TEST_CASE("statement: a time means all events with that time or an earlier one", "[statement]") {
    ReportedLedger book;
    const Timestamp begin = book.events.front().time;
    book.activate(1);
    book.append(ledger::ServerStarted{"1.0"});  // at the same time
    book.activate(2);
    const auto at = [&](Timestamp time) { return size_at(book.source(), book.size(), time); };
    CHECK(at(begin).value().value == 2);  // genesis and licence
    CHECK(at({begin.us + ledger::second.us - 1}).value().value == 2);
    CHECK(at(begin + ledger::second).value().value == 4);
    CHECK(at({begin.us + 2 * ledger::second.us - 1}).value().value == 4);
    CHECK(at(begin + ledger::second * 2).value() == book.size());
    CHECK(at(ledger::latest_time).value() == book.size());
    const auto before = at({begin.us - 1});
    REQUIRE_FALSE(before);
    CHECK(before.error().code == errc::statement_before_ledger);
}

TEST_CASE("statement: a seat is held from its activation to its release, and says which events show it",
          "[statement]") {
    ReportedLedger book;
    const ledger::Seat first = book.activate(1);
    const Timestamp activated = book.now;
    ledger::Seat renewed = first;
    book.later(ledger::SeatRenewed{renewed});
    const Timestamp renewed_at = book.now;
    book.activate(2);
    book.later(ledger::SeatReleased{first.activation_id});
    const Timestamp released = book.now;
    book.activate(3);
    const ledger::SequenceNumber last = book.events.back().sequence_number;
    book.later(ledger::SeatExpired{book.events.at(last.value).seat()->activation_id});

    const Statement early = statement_of(book, activated);
    REQUIRE(early.seats.size() == 1);
    CHECK(early.seats[0].state == StatementSeat::State::held);
    CHECK(early.seats[0].activation_id == first.activation_id);
    CHECK(early.seats[0].components == first.components);
    CHECK(early.seats[0].granted_by.value == 2);
    CHECK(early.seats[0].told_by.value == 2);
    CHECK(early.head.newest == activated);
    REQUIRE(early.licenses.size() == 1);
    CHECK(early.licenses[0].held == 1);
    CHECK(early.licenses[0].free == 9);

    const Statement later = statement_of(book, renewed_at);
    REQUIRE(later.seats.size() == 1);
    CHECK(later.seats[0].granted_by.value == 2);
    CHECK(later.seats[0].granted_at == activated);
    CHECK(later.seats[0].told_by.value == 3);
    CHECK(later.seats[0].told_at == renewed_at);

    CHECK(statement_of(book, {released.us - 1}).totals.held == 2);
    const Statement after = statement_of(book, released);
    REQUIRE(after.seats.size() == 1);
    CHECK(after.seats[0].activation_id != first.activation_id);
    CHECK(statement_of(book, {book.now.us - 1}).totals.held == 2);
    CHECK(statement_of(book, book.now).totals.held == 1);
}

TEST_CASE("statement: it is the same whatever came afterwards, and another for another time", "[statement]") {
    ReportedLedger book;
    book.activate(1);
    const Timestamp then = book.now;
    const Statement before = statement_of(book, then);
    for (std::uint64_t device = 2; device < 600; ++device) {
        if (device < 9) book.activate(device);
        book.later(ledger::ServerStarted{"1.0"});  // more than one step's events
    }
    CHECK(statement_of(book, then).text == before.text);
    CHECK(statement_of(book, {then.us + 1}).digest != before.digest);
}

TEST_CASE("statement: licences that took others over answer for their seats", "[statement]") {
    ReportedLedger book;
    book.activate(1);
    ledger::LicenseTerms newer = support::MemoryLedger::terms("L-2", 20);
    newer.supersedes = {"L-1"};
    book.now = book.now + ledger::second;
    book.import(newer);
    const Statement made = statement_of(book, book.now);
    REQUIRE(made.licenses.size() == 2);
    CHECK(made.licenses[0].status == LicenseStatus::superseded);
    CHECK(made.licenses[0].counted_with == "L-2");
    CHECK(made.licenses[0].held == 0);
    CHECK(made.licenses[1].counted_with == "L-2");
    CHECK(made.licenses[1].held == 1);
    CHECK(made.licenses[1].free == 19);
    CHECK(made.seats.at(0).license_id == "L-1");
}

TEST_CASE("statement: seats that are kept for the previous product come last and are told apart", "[statement]") {
    ReportedLedger book;
    const ledger::Seat like = book.seat("L-1", support::own_device(77));
    book.later(ledger::LegacySeatReserved{
        like.activation_id, like.license_id, like.product, like.components, {{9}}, {0}, book.now + ledger::day});
    book.activate(1);
    const Timestamp kept = book.now;
    const Statement made = statement_of(book, kept);
    REQUIRE(made.seats.size() == 2);
    CHECK(made.seats[0].state == StatementSeat::State::held);
    CHECK(made.seats[1].state == StatementSeat::State::kept);
    CHECK(made.seats[1].activation_id == like.activation_id);
    CHECK(made.totals.kept == 1);
    CHECK(made.totals.held == 1);
    CHECK(made.licenses[0].free == 8);
    ledger::Seat claimed = book.seat("L-1", support::own_device(77));
    claimed.activation_id = like.activation_id;
    book.later(ledger::SeatActivated{claimed});
    CHECK(statement_of(book, book.now).totals.kept == 0);
    CHECK(statement_of(book, book.now).totals.held == 2);
    CHECK(statement_of(book, kept).text == made.text);
}

TEST_CASE("statement: doubt of time and losses are said", "[statement]") {
    ReportedLedger book;
    book.activate(1);
    const Timestamp sure = book.now;
    book.later(ledger::TimePutInDoubt{book.now, ledger::TimePutInDoubt::Reason::stepped_back});
    const Timestamp doubted = book.now;
    CHECK_FALSE(statement_of(book, sure).head.time_in_doubt);
    CHECK(statement_of(book, doubted).head.time_in_doubt);

    // The tail was lost: the incarnation is opened with the time of the event before it.
    ++book.incarnation;
    book.append(ledger::IncarnationOpened{2, ledger::IncarnationOpened::Reason::anchor, "kept\n", "", {{"L-1", 3}}});
    const Timestamp opened = book.now;
    book.now = book.now + ledger::day;
    book.append(ledger::ServerStarted{"1.0"});
    CHECK_FALSE(statement_of(book, sure).head.in_gap);
    const Statement gap = statement_of(book, opened + ledger::second * 60);
    CHECK(gap.head.in_gap);
    CHECK(gap.totals.unclaimed == 3);
    CHECK(gap.licenses[0].unclaimed == 3);
    CHECK(gap.licenses[0].free == 6);
    REQUIRE(gap.losses.size() == 1);
    CHECK(gap.losses[0].kept.value == book.events.size() - 2);
    const Statement after = statement_of(book, book.now);
    CHECK_FALSE(after.head.in_gap);
    CHECK(after.losses.size() == 1);
    CHECK(after.head.origin.ends_with("/2"));
}

TEST_CASE("statement: each reason for an incarnation is told, and a key that alone changed loses nothing",
          "[statement]") {
    using Reason = ledger::IncarnationOpened::Reason;
    ReportedLedger book;
    for (std::size_t i = 0; i < ledger::reason_names.size(); ++i) {
        const auto reason = static_cast<Reason>(i);
        ++book.incarnation;
        ledger::IncarnationOpened opened{book.incarnation, reason, "kept\n", "", {}};
        if (ledger::begins_log(reason)) opened.kept_head.clear();
        if (ledger::by_vendor(reason)) opened.reendorsement = {1};
        if (opened.hands_over()) opened.server_certificate = {1};
        if (reason == Reason::rotated) opened.hand_over = "handed\n";
        book.append(std::move(opened));
        const Statement told = statement_of(book, book.now);
        REQUIRE(told.losses.size() == i + 1);
        CHECK(told.losses.back().reason == reason);
        CHECK(told.text.find('"' + std::string(ledger::reason_names.at(i)) + '"') != std::string::npos);
        CHECK(told.head.in_gap == (reason != Reason::reendorsed && reason != Reason::rotated));
    }
    static_assert(ledger::reason_names.size() == static_cast<std::size_t>(Reason::log_and_key_lost) + 1);
}

TEST_CASE("statement: seats that were lent or adopted after a loss are told apart", "[statement]") {
    ReportedLedger book;
    ++book.incarnation;
    book.append(ledger::IncarnationOpened{2, ledger::IncarnationOpened::Reason::anchor, "kept\n", "", {{"L-1", 3}}});
    const ledger::Seat lent = book.seat("L-1", support::own_device(1));
    book.later(ledger::SeatLent{lent});
    const ledger::Seat back = book.seat("L-1", support::own_device(2));
    book.later(ledger::SeatAdopted{back, {1}});
    ledger::Actor person;
    person.kind = ledger::Actor::Kind::operator_;
    const ledger::Seat brought = book.seat("L-1", support::own_device(3));
    book.later(ledger::SeatAdopted{brought, {1}}, person);
    const Statement made = statement_of(book, book.now);
    REQUIRE(made.seats.size() == 3);
    CHECK(made.seats[0].state == StatementSeat::State::provisional);
    CHECK(made.seats[1].state == StatementSeat::State::unconfirmed);
    CHECK(made.seats[2].state == StatementSeat::State::collected);
    CHECK(made.totals.provisional == 1);
    CHECK(made.totals.unconfirmed == 2);
    CHECK(made.totals.unclaimed == 1);
    book.later(ledger::SeatRenewed{back});
    CHECK(statement_of(book, book.now).totals.unconfirmed == 1);
}

TEST_CASE("statement: personal values are committed to, and never in it", "[statement]") {
    ReportedLedger book;
    book.activate(1);
    ledger::Event& event = book.events.back();
    const ledger::AnnexValue name{ledger::AnnexField::device_name, {7}, "张三的桌面 \"1\"\n"};
    const ledger::Digest commitment = ledger::commitment_digest(ledger::default_suite(), name);
    event.commitments.push_back({name.field, commitment});
    const Statement made = statement_of(book, book.now);
    REQUIRE(made.seats.at(0).personal.size() == 1);
    CHECK(made.seats[0].personal[0].event == event.sequence_number);
    CHECK(made.seats[0].personal[0].commitment.digest == commitment);
    CHECK(made.text.find("张三") == std::string::npos);

    const PersonalLine line{made.seats[0].activation_id, event.sequence_number, name};
    const std::string text = line_text(line);
    CHECK(text.find('\n') == text.size() - 1);
    const auto again = parse_personal_line(std::string_view(text).substr(0, text.size() - 1)).value();
    CHECK(again.value == name);
    CHECK(again.event == line.event);
    CHECK_FALSE(parse_personal_line(personal_end(made.digest)));
}

TEST_CASE("statement: a line has one spelling", "[statement]") {
    ReportedLedger book;
    book.activate(1);
    const Statement made = statement_of(book, book.now);
    const std::string seat = line_text(made.seats[0]);
    const std::string_view good = std::string_view(seat).substr(0, seat.size() - 1);
    REQUIRE(parse_statement_line(good));
    const auto refused = [](const std::string& text) {
        CAPTURE(text);
        const auto parsed = parse_statement_line(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == errc::statement_malformed);
    };
    const auto replaced = [&](std::string_view from, std::string_view to) {
        std::string text(good);
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        return text.replace(at, from.size(), to);
    };
    refused("");
    refused("{}");
    refused("[]");
    refused(std::string(good) + " ");
    refused(std::string(good.substr(1)));
    refused(replaced("\"state\":\"held\"", "\"state\":\"lost\""));
    refused(replaced("\"state\":\"held\"", "\"state\": \"held\""));
    refused(replaced("\"state\":\"held\"", "\"state\":\"h\\u0065ld\""));
    refused(replaced("\"granted_by\":2", "\"granted_by\":2.0"));
    refused(replaced("\"granted_by\":2", "\"granted_by\":-2"));
    refused(replaced("\"granted_by\":2", "\"granted_by\":\"2\""));
    refused(replaced("\"granted_by\":2", "\"granted_by\":2,\"granted_by\":2"));
    refused(replaced("\"product\":", "\"more\":1,\"product\":"));
    refused(replaced("\"personal\":[]", "\"personal\":[1]"));
    refused(replaced("\"lease_ends\":null", "\"lease_ends\":\"2026-01-01T00:00:00Z\""));
    refused(std::string(statement_line_bytes_max, ' '));
    for (std::size_t length = 0; length < good.size(); ++length) {
        CHECK_FALSE(parse_statement_line(good.substr(0, length)));
    }
}

}  // namespace projections
