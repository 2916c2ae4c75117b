// `actledger report`: who held which seat at a time, with a proof that verifies offline. The statement is made here
// from a read-only view of the log; the server makes it again and signs its digest.

#include <boost/json/serialize.hpp>
#include <chrono>
#include <cinttypes>
#include <cstdio>

#include "ledger/core/activation_file.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/time_text.hpp"
#include "projections/state/errc.hpp"
#include "snapshot/seat_report.hpp"
#include "tools/cli/errc.hpp"
#include "tools/cli/interruption.hpp"
#include "tools/cli/invocation.hpp"

namespace cli {
namespace {

using ledger::Error;
using ledger::Result;

struct Options {
    std::string at;
    std::filesystem::path file;
    std::filesystem::path csv;
    bool without_personal_data = false;
};

Result<ledger::Timestamp> parse_moment(const std::string& text) {
    auto whole_seconds = ledger::parse_time_seconds(text);
    if (!whole_seconds) whole_seconds = ledger::parse_time(text);
    if (!whole_seconds) return Error{errc::report_time_malformed, {}, {{"value", text}}};
    return whole_seconds;
}

/// What the ledger cannot know yet is refused before anything is made. The server judges by the ledger's time; a wall
/// clock that is behind it does not keep anybody from asking.
Result<void> check_passed(const ledger::LogReader& log, ledger::Timestamp at) {
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    if (at.us <= std::chrono::duration_cast<std::chrono::microseconds>(wall).count()) return {};
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    if (size.value > 0) {
        ACTLEDGER_TRY(const ledger::Bytes newest, log.event({size.value - 1}));
        ACTLEDGER_TRY(const auto position, ledger::peek_event(newest));
        if (at < position.time) return {};
    }
    return Error{projections::errc::statement_ahead, {}, {{"at", ledger::time_text(at)}}};
}

/// The proof of the event that has this statement's digest. @return nothing, and the exit code is set, if it was
/// refused
Result<std::optional<std::string>> have_it_signed(Invocation& run, const snapshot::SeatReport& report,
                                                  bool personal_data) {
    ACTLEDGER_TRY(const auto admin, run.open_admin());
    const boost::json::object body{{"at", ledger::time_text(report.head().at)},
                                   {"digest", ledger::hex_encode(report.digest().view())},
                                   {"personal_data", personal_data}};
    // The server does the same work again, beside its service.
    const std::uint64_t work = report.head().size.value / 50'000 + report.totals().seats / 10'000;
    ACTLEDGER_TRY(const AdminAnswer answer,
                  admin->send({"POST", "/v1/admin/reports", boost::json::serialize(body), "application/json",
                               answer_within + std::chrono::seconds(work)}));
    if (answer.status >= 300) {
        run.exit_code = report_problem(answer);
        return std::optional<std::string>();
    }
    const auto* const object = answer.body.if_object();
    const auto* const proof = object != nullptr ? object->if_contains("proof") : nullptr;
    const Error bad{errc::bad_answer, "proof", {{"socket", "/v1/admin/reports"}}};
    if (proof == nullptr || !proof->is_string()) return bad;
    std::string text(proof->get_string());
    ACTLEDGER_TRY(const auto parsed, ledger::ActivationFile::parse(text));
    ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(parsed.event));
    const auto* const issued = std::get_if<ledger::ReportIssued>(&event.body);
    if (issued == nullptr || issued->digest != report.digest()) return bad;
    return std::optional(std::move(text));
}

void tell(const Invocation& run, const Options& options, const snapshot::SeatReport& report) {
    const auto& head = report.head();
    const auto& totals = report.totals();
    if (run.json) {
        const boost::json::object answer{{"statement", options.file.string()},
                                         {"digest", ledger::hex_encode(report.digest().view())},
                                         {"at", ledger::time_text(head.at)},
                                         {"size", head.size.value},
                                         {"seats", totals.seats},
                                         {"held", totals.held},
                                         {"provisional", totals.provisional},
                                         {"unconfirmed", totals.unconfirmed},
                                         {"kept", totals.kept},
                                         {"unclaimed", totals.unclaimed},
                                         {"time_in_doubt", head.time_in_doubt},
                                         {"in_gap", head.in_gap}};
        std::printf("%s\n", boost::json::serialize(answer).c_str());
        return;
    }
    const bool chinese = run.language() == ledger::Language::chinese;
    const std::string at = ledger::time_text(head.at);
    std::printf(chinese ? "截至 %s（前 %" PRIu64 " 条事件）：占用 %" PRIu64 " 个席位，保留 %" PRIu64
                          " 个，未认领 %" PRIu64 " 个。\n"
                        : "At %s (the first %" PRIu64 " events): %" PRIu64 " seats held, %" PRIu64 " kept, %" PRIu64
                          " unclaimed.\n",
                at.c_str(), head.size.value, totals.held, totals.kept, totals.unclaimed);
    if (head.time_in_doubt) {
        run.say("Time was in doubt then: the event times around it may be wrong.",
                "当时账本时间存疑：附近的事件时间可能有误。");
    }
    if (head.in_gap) {
        run.say("Events of that time were lost: this is what is known; unclaimed seats may have been held.",
                "该时间段的事件已丢失：此处仅为已知情况，未认领的席位当时可能被占用。");
    } else if (report.has_losses()) {
        run.say("Events before that time were lost; the statement says which.",
                "该时间之前曾有事件丢失；报告中已注明。");
    }
    const std::string file = options.file.string();
    run.say("Statement: " + file + "\nProof:     " + file + std::string(snapshot::report_proof_suffix),
            "席位报告：" + file + "\n证明：    " + file + std::string(snapshot::report_proof_suffix));
    if (!options.without_personal_data) {
        const std::string personal = file + std::string(snapshot::report_personal_suffix);
        run.say("Personal:  " + personal, "个人信息：" + personal);
    }
    if (!options.csv.empty()) run.say("Table:     " + options.csv.string(), "表格：    " + options.csv.string());
    run.say("To verify: actledger-verify " + file + " --root ROOT",
            "校验：actledger-verify " + file + " --root 根证书");
}

Result<void> make_report(Invocation& run, const Options& options) {
    ACTLEDGER_TRY(const config::Config config, run.load_config());
    snapshot::ReportPlan plan{.statement = options.file, .csv = options.csv, .at = {}, .progress = {}, .stop = {}};
    ACTLEDGER_TRY(plan.at, parse_moment(options.at));
    if (options.without_personal_data) plan.personal_data = snapshot::TableOptions::PersonalData::left_out;
    plan.language = run.language();
    const Interruption interruption;
    std::optional<terminal::Progress> bar;
    std::uint64_t bar_total = 0;  // of events, then of seats
    plan.progress = [&](std::uint64_t done, std::uint64_t total) {
        if (!bar || total != bar_total) {
            bar.emplace(run.language() == ledger::Language::chinese ? "席位报告" : "report", total);
            bar_total = total;
        }
        bar->advance_to(done);
    };
    plan.stop = [] { return Interruption::noted(); };
    std::unique_ptr<snapshot::SeatReport> report;
    {
        // Closed before a stopped ledger is opened for the record: a process opens a log once.
        ACTLEDGER_TRY(const auto log, ledger::open_log_reader(config.ledger.folder));
        ACTLEDGER_CHECK(check_passed(*log, plan.at));
        ACTLEDGER_TRY(report, snapshot::SeatReport::make(*log, plan));
    }
    bar.reset();
    ACTLEDGER_TRY(const auto proof, have_it_signed(run, *report, !options.without_personal_data));
    if (!proof) return {};
    ACTLEDGER_CHECK(report->publish(*proof));
    tell(run, options, *report);
    return {};
}

}  // namespace

void add_report_command(CLI::App& app, Invocation& run) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand(
        "report",
        "Who held which seat at a time: a statement with a proof that verifies offline, on record in the ledger");
    command->add_option("file", options->file, "The statement's new file; its proof and personal values lie beside it")
        ->required();
    command->add_option("--at", options->at, "The time in UTC, like 2026-01-31T00:00:00Z; it must have passed")
        ->required();
    command->add_option("--csv", options->csv, "Also a table for people and spreadsheets, in this new file");
    command->add_flag("--without-personal-data", options->without_personal_data,
                      "No device names, addresses and operators' names beside the statement");
    command->callback([&run, options] {
        if (const auto done = make_report(run, *options); !done) run.fail(done.error());
    });
}

}  // namespace cli
