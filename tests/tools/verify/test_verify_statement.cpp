#include <boost/json.hpp>
#include <fstream>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "projections/state/errc.hpp"
#include "snapshot/seat_report.hpp"
#include "tests/support/result_text.hpp"
#include "tests/tools/verify/verify_fixture.hpp"

// Statements of seats, with nothing but their proof and the vendor's root. docs/formats/report.md.

using namespace verify;
using support::LedgerMaker;
using Codes = std::vector<std::string>;

namespace {

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
void write(const std::filesystem::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

/// A ledger with 300 seats, and a statement of when it had 200 of them.
class Issued {
 public:
    Issued() : maker(temporary.path() / "ledger", vendor) {
        append_seats(0, 200);
        const auto log = ledger::open_log_reader(maker.folder()).value();
        at = {last_time(*log).us};
        append_seats(200, 300);
        const auto report =
            snapshot::SeatReport::make(
                *log, {.statement = statement(), .csv = folder() / "seats.csv", .at = at, .progress = {}, .stop = {}})
                .value();
        CHECK_FALSE(std::filesystem::exists(statement()));
        REQUIRE(report->publish(prove(read_aside(), report->head().root, report->totals().seats)));
    }
    [[nodiscard]] std::filesystem::path folder() const { return temporary.path(); }
    [[nodiscard]] std::filesystem::path statement() const { return folder() / "seats.jsonl"; }
    [[nodiscard]] std::filesystem::path proof() const { return folder() / "seats.jsonl.tlog-proof"; }
    [[nodiscard]] std::filesystem::path personal() const { return folder() / "seats.jsonl.personal"; }

    /// Puts a statement with this text on record, whatever it says. @return the proof
    std::string prove(std::string_view text, ledger::Digest root, std::uint64_t seats) {
        const ledger::Digest digest = ledger::default_suite().hash(ledger::as_bytes(text));
        maker.append({{}, ledger::ReportIssued{at, {203}, seats, root, digest, true}, {}});
        auto proof_of_event = ledger::ActivationFile::parse(maker.activation_file({maker.size() - 1})).value();
        proof_of_event.device_salt.reset();  // only seats have it
        return proof_of_event.text();
    }
    /// Has another statement signed than the events give.
    void forge(const std::string& text, std::uint64_t seats) {
        const auto head = projections::parse_statement_line(text.substr(0, text.find('\n'))).value();
        write(statement(), text);
        write(proof(), prove(text, std::get<projections::StatementHead>(head).root, seats));
    }
    [[nodiscard]] StatementAudit audit(bool with_ledger = false) const {
        StatementAudit audit{statement(), proof(), personal(), {}, vendor.root(), 100, {}};
        if (with_ledger) audit.against = maker.folder();
        return audit;
    }

    support::TemporaryFolder temporary;
    support::Vendor vendor;
    LedgerMaker maker;
    ledger::Timestamp at;

 private:
    void append_seats(std::uint64_t from, std::uint64_t to) {
        for (std::uint64_t n = from; n < to; ++n) maker.append(maker.activation(n));
    }
    static ledger::Timestamp last_time(const ledger::LogReader& log) {
        const auto size = log.size().value();
        return ledger::decode_event(log.event({size.value - 1}).value())->time;
    }
    [[nodiscard]] std::string read_aside() const {
        // Buffered until it is published: made again for its digest.
        const auto log = ledger::open_log_reader(maker.folder()).value();
        std::string text;
        projections::StatementMaker maker_again(snapshot::statement_source_in(*log), {203}, at,
                                                [&](const auto&, std::string_view line) {
                                                    text += line;
                                                    return ledger::Result<void>();
                                                });
        while (!maker_again.step().value()) continue;
        return text;
    }
};

Codes codes_of(const StatementReport& report) {
    Codes codes;
    for (const Finding& finding : report.findings.kept()) codes.emplace_back(finding.error.stable_code());
    return codes;
}
Codes codes_of(const StatementAudit& audit) { return codes_of(verify_statement(audit).value()); }

}  // namespace

TEST_CASE("verify: a statement is proven from the root alone, and made again from the events") {
    const Issued issued;
    const auto report = verify_statement(issued.audit(true)).value();
    CHECK(codes_of(report) == Codes{});
    REQUIRE(report.totals);
    CHECK(report.totals->held == 200);
    CHECK(report.head->size.value == 203);
    CHECK(report.personal_values == 200);
    CHECK(report.compared);
    const ReportContext context{"seats.jsonl", 0, ledger::Language::chinese};
    CHECK(statement_text(report, context).find("校验通过") != std::string::npos);
    const auto json = boost::json::parse(statement_json(report, context));
    CHECK(json.at("result") == "verified");
    CHECK(json.at("statement").at("held").to_number<int>() == 200);
    CHECK(is_statement(issued.statement()));
    CHECK_FALSE(is_statement(issued.proof()));
    CHECK_FALSE(is_statement(issued.folder() / "not-there"));

    StatementAudit alone = issued.audit();
    alone.personal.clear();
    const auto without = verify_statement(alone).value();
    CHECK(codes_of(without) == Codes{});
    CHECK_FALSE(without.personal_values);
    CHECK_FALSE(without.compared);
    const std::string csv = read(issued.folder() / "seats.csv");
    CHECK(
        csv.starts_with("\xef\xbb\xbf"
                        "activation_id,state,"));
    CHECK(std::count(csv.begin(), csv.end(), '\n') == 201);
}

TEST_CASE("verify: a statement that was changed, cut or lengthened anywhere is not the one that was signed") {
    const Issued issued;
    const std::string good = read(issued.statement());
    for (std::size_t at = 0; at < good.size(); at += good.size() / 97) {
        CAPTURE(at);
        std::string changed = good;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        write(issued.statement(), changed);
        CHECK(codes_of(issued.audit()) == Codes{"statement-altered"});
        write(issued.statement(), std::string_view(good).substr(0, at));
        CHECK(codes_of(issued.audit()) == Codes{"statement-altered"});
    }
    write(issued.statement(), good + "\n");
    const auto report = verify_statement(issued.audit(true)).value();
    CHECK(codes_of(report) == Codes{"statement-altered"});
    CHECK_FALSE(report.head);  // nothing of it is believed
    CHECK(exit_of(report.findings) == terminal::Exit::audit_statement);
}

TEST_CASE("verify: a proof of something else, of another vendor or none does not prove a statement") {
    Issued issued;
    const std::string good = read(issued.proof());
    write(issued.proof(), issued.maker.activation_file({5}));
    CHECK(codes_of(issued.audit()) == Codes{"statement-proof-other"});
    write(issued.proof(), issued.prove("another statement", {}, 0));
    CHECK(codes_of(issued.audit()) == Codes{"statement-altered"});

    const Issued other;
    write(issued.proof(), read(other.proof()));
    const auto foreign = verify_statement(issued.audit()).value();
    CHECK(exit_of(foreign.findings) == terminal::Exit::audit_certificate);
    CHECK_FALSE(foreign.proven);
    write(issued.proof(), good);
    StatementAudit audit = issued.audit();
    audit.root = other.vendor.root();
    CHECK(exit_of(verify_statement(audit)->findings) == terminal::Exit::audit_certificate);

    write(issued.proof(), good.substr(0, good.size() / 2));
    const auto cut = verify_statement(issued.audit());
    REQUIRE_FALSE(cut);
    CHECK(cut.error().code == verify::errc::statement_proof_malformed);
    std::filesystem::remove(issued.proof());
    CHECK_FALSE(verify_statement(issued.audit()));
}

TEST_CASE("verify: what a server signed against its own events is found line by line") {
    Issued issued;
    const std::string good = read(issued.statement());
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < good.size(); begin = good.find('\n', begin) + 1) {
        lines.push_back(good.substr(begin, good.find('\n', begin) + 1 - begin));
    }
    REQUIRE(lines.size() == 203);  // head, licence, 200 seats, totals
    const auto joined = [](const std::vector<std::string>& all) {
        std::string text;
        for (const std::string& line : all) text += line;
        return text;
    };
    const auto totals_of = [](std::uint64_t seats) {
        return projections::line_text(projections::StatementTotals{seats, seats, 0, 0, 0, 0, 0});
    };

    auto fewer = lines;
    fewer.erase(fewer.begin() + 50);
    fewer.back() = totals_of(199);
    issued.forge(joined(fewer), 199);
    CHECK(codes_of(issued.audit()) == Codes{"personal-other"});  // but for the names: well formed, and signed
    StatementAudit audit = issued.audit(true);
    audit.personal.clear();
    CHECK(codes_of(audit) == Codes{"statement-seat-missing", "statement-line-differs"});

    auto more = lines;
    auto extra = std::get<projections::StatementSeat>(
        projections::parse_statement_line(std::string_view(lines[201]).substr(0, lines[201].size() - 1)).value());
    ++extra.granted_by.value;
    more.insert(more.end() - 1, projections::line_text(extra));
    more.back() = totals_of(201);
    issued.forge(joined(more), 201);
    CHECK(codes_of(audit) == Codes{"statement-seat-extra", "statement-line-differs"});

    auto other = lines;
    const auto at = other[60].find("\"state\":\"held\"");
    other[60].replace(at, 14, "\"state\":\"provisional\"");
    issued.forge(joined(other), 200);
    const auto report = verify_statement(audit).value();
    CHECK(codes_of(report) == Codes{"statement-seat-differs"});
    CHECK(report.compared);
    CHECK(exit_of(report.findings) == terminal::Exit::audit_statement);

    auto uncounted = lines;
    issued.forge(joined(uncounted), 7);
    CHECK(codes_of(issued.audit()) == Codes{"statement-head-differs"});
    auto cut = lines;
    cut.pop_back();
    issued.forge(joined(cut), 200);
    CHECK(codes_of(issued.audit()) == Codes{"statement-cut"});
    auto twice = lines;
    twice.insert(twice.begin() + 1, lines[0]);
    issued.forge(joined(twice), 200);
    CHECK(codes_of(issued.audit()) == Codes{"statement-malformed"});
    issued.forge(good + "{}\n", 200);
    CHECK(codes_of(issued.audit()) == Codes{"statement-malformed"});
}

TEST_CASE("verify: a statement is held against its own ledger only") {
    const Issued issued;
    const Issued other;
    StatementAudit audit = issued.audit();
    audit.against = other.maker.folder();
    const auto report = verify_statement(audit).value();
    CHECK(codes_of(report) == Codes{"statement-ledger-other"});
    CHECK_FALSE(report.compared);
    audit.against = issued.folder() / "nothing";
    CHECK_FALSE(verify_statement(audit));
}

TEST_CASE("verify: personal values agree with the statement's commitments, or are found") {
    const Issued issued;
    const std::string good = read(issued.personal());
    const auto codes = [&](const std::string& text) {
        write(issued.personal(), text);
        return codes_of(issued.audit());
    };
    CHECK(codes(good) == Codes{});
    // One is gone: it was erased, and nobody can say otherwise.
    const auto first = good.find('\n') + 1;
    CHECK(codes(good.substr(first)) == Codes{});
    std::string changed = good;
    const auto value = changed.find("\"value\":\"") + 9;
    changed[value] = changed[value] == 'x' ? 'y' : 'x';
    CHECK(codes(changed) == Codes{"personal-differs"});
    CHECK(codes(good.substr(0, good.size() - 1)) == Codes{"personal-cut"});
    CHECK(codes(good.substr(0, first)) == Codes{"personal-cut"});
    CHECK(codes("") == Codes{"personal-cut"});
    const auto second = good.find('\n', first) + 1;
    CHECK(codes(good.substr(first, second - first) + good.substr(0, first) + good.substr(second)) ==
          Codes{"personal-differs"});  // one finding for all that are out of order
    const auto last = good.rfind('\n', good.size() - 2) + 1;
    CHECK(codes(good.substr(0, last) + projections::personal_end({})) == Codes{"personal-other"});
    CHECK(codes(good + good.substr(last)) == Codes{"personal-other"});
    // A line that is none: said as such, with its number, and not taken for the end of another file.
    for (const std::size_t at : {std::size_t{0}, first + 1, last + 2}) {
        std::string broken = good;
        broken[at] ^= 1;
        CAPTURE(at);
        CHECK(codes(broken) == Codes{"personal-malformed"});
    }
    const auto report = verify_statement(issued.audit()).value();
    CHECK(exit_of(report.findings) == terminal::Exit::audit_annex);
}
