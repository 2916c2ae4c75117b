#include <boost/json.hpp>

#include "ledger/core/errc.hpp"
#include "ledger/core/utf8.hpp"
#include "tests/support/result_text.hpp"
#include "tests/tools/verify/verify_fixture.hpp"
#include "tools/verify/errc.hpp"
#include "tools/verify/verify_file.hpp"

using namespace verify;
using support::LedgerMaker;
using support::Vendor;

namespace {

struct Made {
    explicit Made(ledger::LeaseTerms lease = {}) : maker(temporary.path() / "ledger", vendor, {.lease = lease}) {
        maker.append(maker.activation(0));
        text = maker.activation_file({3});
    }
    support::TemporaryFolder temporary;
    Vendor vendor;
    LedgerMaker maker;
    std::string text;
};

constexpr ledger::Timestamp activated{Vendor::began.us + ledger::day.us + 1'000};

}  // namespace

TEST_CASE("verify: an activation file says who, what and how long") {
    const Made made;
    const auto report = verify_file(made.text, made.vendor.root(), activated);
    REQUIRE(report);
    CHECK(report->findings.empty());
    REQUIRE(report->activation);
    CHECK(report->activation->event.seat()->activation_id == LedgerMaker::activation_id(0));
    CHECK(report->lease == LeaseState::perpetual);
    const ReportContext context{"pc.proof", 0, ledger::Language::chinese};
    CHECK(file_text(*report, context).find("校验通过") != std::string::npos);
    CHECK(file_json(*report, context).find("\"result\":\"verified\"") != std::string::npos);
}

TEST_CASE("verify: an activation file's lease is judged at the time that is asked for") {
    const Made made({.perpetual = false, .days = 30, .renew_after_days = 20, .grace_days = 5});
    const auto judged = [&](ledger::Duration after) {
        return verify_file(made.text, made.vendor.root(), activated + after).value();
    };
    CHECK(judged(ledger::day * 29).lease == LeaseState::running);
    const auto in_grace = judged(ledger::day * 31);
    CHECK(in_grace.lease == LeaseState::in_grace);
    CHECK(exit_of(in_grace.findings) == terminal::Exit::success);
    const auto over = judged(ledger::day * 35);
    CHECK(over.lease == LeaseState::over);
    CHECK(exit_of(over.findings) == terminal::Exit::lease_over);
}

TEST_CASE("verify: an activation file of another vendor, or changed, is refused with its kind") {
    const Made made;
    const Vendor stranger;
    const auto foreign = verify_file(made.text, stranger.root(), activated);
    REQUIRE(foreign);
    CHECK(exit_of(foreign->findings) == terminal::Exit::audit_certificate);

    auto file = ledger::ActivationFile::parse(made.text).value();
    file.annex.front().value = "somebody-else";
    const auto annex = verify_file(file.text(), made.vendor.root(), activated);
    REQUIRE(annex);
    CHECK(exit_of(annex->findings) == terminal::Exit::audit_annex);

    CHECK_FALSE(verify_file(made.text + "x", made.vendor.root(), activated));
}

TEST_CASE("verify: a name in a file cannot drive the auditor's terminal, nor forge a line of the report", "[L10]") {
    const std::string hostile = "evil\x1b[31mRED\x07\nResult        verified\u009b2J\u202e\x7f";
    const support::TemporaryFolder temporary;
    Vendor vendor;
    LedgerMaker maker(temporary.path() / "ledger", vendor);
    auto draft = maker.activation(0);
    draft.annex.front().value = hostile;
    maker.append(draft);
    const auto report = verify_file(maker.activation_file({3}), vendor.root(), activated).value();
    REQUIRE(report.findings.empty());

    for (const auto language : {ledger::Language::english, ledger::Language::chinese}) {
        const std::string text = file_text(report, {"pc\x1b[2J.proof", 0, language});
        std::size_t lines = 0;
        for (std::string_view rest = text; !rest.empty(); ++lines) {
            const auto end = rest.find('\n');
            CHECK(ledger::is_one_line(rest.substr(0, end)));
            rest.remove_prefix(end + 1);
        }
        CHECK(lines == 11);
        CHECK(text.find("evil\ufffd[31mRED\ufffd\ufffdResult        verified\ufffd2J\ufffd\ufffd\n") != text.npos);
    }
    const std::string json = file_json(report, {"pc.proof", 0, ledger::Language::english});
    CHECK(ledger::is_one_line(std::string_view(json).substr(0, json.size() - 1)));
    CHECK(boost::json::parse(json).at("activation").at("annex").at("deviceName").as_string() == hostile);
}
