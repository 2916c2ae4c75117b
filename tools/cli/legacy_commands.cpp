// `actledger legacy`: seats for desktops of the previous product: kept from its records, listed, given up.

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <thread>

#include "ledger/core/time_text.hpp"
#include "snapshot/errc.hpp"
#include "tools/cli/authority.hpp"
#include "tools/cli/errc.hpp"
#include "tools/cli/interruption.hpp"
#include "tools/cli/legacy_mapping.hpp"
#include "tools/cli/legacy_rehearsal.hpp"
#include "tools/cli/legacy_report.hpp"

namespace cli {
namespace {

using ledger::Error;
using ledger::Result;
using snapshot::LegacyEntry;
using snapshot::LegacyMapping;
using Kind = LegacyRowResult::Kind;
using Outcome = api::commands::LegacyOutcome;

constexpr std::string_view seats_path = "/v1/admin/legacy/seats";
constexpr std::size_t batch_rows = api::commands::legacy_rows_max;
constexpr int anchor_tries_max = 150;
constexpr std::chrono::milliseconds anchor_wait{200};

struct ImportOptions {
    std::filesystem::path table;
    std::filesystem::path mapping;
    std::filesystem::path report;
    unsigned keep_days = 180;
    bool dry_run = false;
};

/// Reasons that are none to worry about.
bool is_needless(std::string_view code) { return code == "legacy-device-active" || code == "legacy-device-reserved"; }

void set_reason(LegacyRowResult& row, const Error& error, ledger::Language language) {
    row.code = error.stable_code();
    row.detail = error.sentence(language);
    row.remedy = error.remedy(language);
    row.kind = is_needless(row.code) ? Kind::not_needed : Kind::refused;
}

/// One table on its way into the ledger.
class Import {
 public:
    Import(Invocation& run, const ImportOptions& options) : run_(run), options_(options) {}

    Result<void> perform() {
        ACTLEDGER_CHECK(check_report());
        ACTLEDGER_CHECK(read());
        ACTLEDGER_CHECK(rehearse());
        if (options_.dry_run) return finish();
        const std::size_t to_keep = report_.count(Kind::reserved);
        if (to_keep == 0) {
            report_.run = LegacyRun::real;
            return finish();
        }
        if (!run_.json) report_.print(run_.language());
        ACTLEDGER_CHECK(prove_authority(run_, "keep " + std::to_string(to_keep) + " seats"));
        report_.run = LegacyRun::real;
        auto sent = send_all();
        auto finished = finish();  // also of a run that was cut short: its report says how far it came
        return sent ? std::move(finished) : std::move(sent);
    }

 private:
    Result<void> read() {
        ACTLEDGER_TRY(const std::string mapping, read_file(options_.mapping, mapping_bytes_max));
        ACTLEDGER_TRY(mapping_, parse_mapping(mapping, options_.mapping));
        ACTLEDGER_TRY(const std::string table, read_file(options_.table, snapshot::legacy_file_bytes_max));
        ACTLEDGER_TRY(entries_, snapshot::read_legacy_table(table, mapping_));
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            LegacyRowResult& row = report_.rows.emplace_back();
            row.line = entries_[i].line;
            if (entries_[i].passed_over) {
                row.kind = Kind::passed_over;
            } else if (entries_[i].refused) {
                set_reason(row, *entries_[i].refused, run_.language());
            } else {
                candidates_.push_back(i);
            }
        }
        return {};
    }

    Result<void> rehearse() {
        ACTLEDGER_TRY(const config::Config config, run_.load_config());
        ACTLEDGER_TRY(const auto rehearsal, LegacyRehearsal::open(config.ledger.folder));
        ACTLEDGER_CHECK(check_kinds(rehearsal->kinds_asked(mapping_.product)));
        refuse_times_to_come(rehearsal->now());
        until_ = rehearsal->now() + ledger::day * static_cast<std::int64_t>(options_.keep_days);
        for (std::size_t begin = 0; begin < candidates_.size(); begin += batch_rows) {
            const std::size_t end = std::min(begin + batch_rows, candidates_.size());
            api::commands::ReserveLegacySeats command{{}, mapping_.product, until_, {}};
            for (std::size_t i = begin; i < end; ++i) {
                const LegacyEntry& entry = entries_[candidates_[i]];
                command.rows.push_back(api::commands::prepare(
                    {entry.key, entry.components, entry.device_name, entry.activated_at}, rehearsal->preparation()));
            }
            ACTLEDGER_TRY(const auto outcomes, rehearsal->reserve(command));
            for (std::size_t i = begin; i < end; ++i) note(report_.rows[candidates_[i]], outcomes[i - begin]);
        }
        return {};
    }

    /// A kind that no licence names is a misspelt one, mostly: its column would be read for nothing.
    [[nodiscard]] Result<void> check_kinds(const std::set<std::string>& asked) const {
        if (asked.empty()) return {};  // a product without a licence is told as such
        std::string names;
        for (const std::string& kind : asked) names += (names.empty() ? "" : ", ") + kind;
        for (const LegacyMapping::Component& one : mapping_.components) {
            if (asked.contains(one.kind)) continue;
            return Error{
                errc::mapping_malformed,
                {},
                {{"file", options_.mapping.string()},
                 {"problem", "components." + one.kind + ": no licence of this product names that kind, but " + names}}};
        }
        return {};
    }

    void refuse_times_to_come(ledger::Timestamp now) {
        std::erase_if(candidates_, [&](std::size_t i) {
            const LegacyEntry& entry = entries_[i];
            const bool to_come = entry.activated_at > now + ledger::day;  // whatever the clocks and zones were
            if (to_come) {
                set_reason(
                    report_.rows[i],
                    {snapshot::errc::legacy_row_time_ahead,
                     {},
                     {{"line", std::to_string(entry.line)}, {"value", ledger::time_text_seconds(entry.activated_at)}}},
                    run_.language());
            }
            return to_come;
        });
    }

    void note(LegacyRowResult& row, const Outcome& outcome) const {
        if (outcome.refused) return set_reason(row, *outcome.refused, run_.language());
        row.kind = outcome.status == Outcome::Status::reserved ? Kind::reserved : Kind::taken_before;
        // A rehearsal makes ids that nobody will see again.
        if (row.kind == Kind::taken_before) row.activation_id = outcome.activation.text();
    }

    Result<void> send_all() {
        ACTLEDGER_TRY(const auto admin, run_.open_admin());
        const Interruption interruption;
        std::vector<std::size_t> waiting;
        for (const std::size_t i : candidates_) {
            if (report_.rows[i].kind == Kind::reserved) waiting.push_back(i);
        }
        for (const std::size_t i : waiting) report_.rows[i].kind = Kind::not_tried;
        terminal::Progress progress(run_.language() == ledger::Language::chinese ? "导入" : "importing",
                                    waiting.size());
        for (std::size_t begin = 0; begin < waiting.size(); begin += batch_rows) {
            const std::size_t end = std::min(begin + batch_rows, waiting.size());
            ACTLEDGER_CHECK(send_batch(*admin, std::span(waiting).subspan(begin, end - begin), waiting.size(), begin));
            progress.advance_to(end);
        }
        return {};
    }

    /// Rows whose seats the anchor does not cover yet are sent again: it is written while we wait.
    Result<void> send_batch(AdminClient& admin, std::span<const std::size_t> all, std::size_t total, std::size_t done) {
        std::vector<std::size_t> rows(all.begin(), all.end());
        for (int tries = 0; !rows.empty(); ++tries) {
            if (Interruption::noted()) {
                return Error{
                    errc::legacy_interrupted, {}, {{"done", std::to_string(done)}, {"count", std::to_string(total)}}};
            }
            ACTLEDGER_TRY(rows, send(admin, rows, tries < anchor_tries_max));
            if (!rows.empty()) std::this_thread::sleep_for(anchor_wait);
        }
        return {};
    }

    /// @return the rows to send again
    Result<std::vector<std::size_t>> send(AdminClient& admin, const std::vector<std::size_t>& rows, bool may_wait) {
        ACTLEDGER_TRY(const AdminAnswer answer, admin.send({"POST", std::string(seats_path), body_of(rows)}));
        if (answer.status >= 300) {
            run_.exit_code = report_problem(answer);
            return Error{errc::legacy_rows_refused, {}, {{"count", std::to_string(rows.size())}}};
        }
        const auto* object = answer.body.if_object();
        const auto* results = object == nullptr ? nullptr : object->if_contains("results");
        if (results == nullptr || !results->is_array() || results->get_array().size() != rows.size()) {
            return Error{errc::bad_answer, {}, {{"socket", "-"}}};
        }
        std::vector<std::size_t> again;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto* result = results->get_array()[i].if_object();
            if (result == nullptr) return Error{errc::bad_answer, {}, {{"socket", "-"}}};
            LegacyRowResult& row = report_.rows[rows[i]];
            take(row, *result);
            if (row.code == "seats-not-reserved" && may_wait) again.push_back(rows[i]);
        }
        return again;
    }

    static void take(LegacyRowResult& row, const boost::json::object& result) {
        const auto text = [&](std::string_view name) {
            const auto* value = result.if_contains(name);
            return value == nullptr || !value->is_string() ? std::string() : std::string(value->get_string());
        };
        const std::string status = text("status");
        row.code = text("code");
        row.detail = text("detail");
        row.remedy = text("remedy");
        row.activation_id = text("activation_id");
        row.kind = status == "reserved"       ? Kind::reserved
                   : status == "taken_before" ? Kind::taken_before
                   : is_needless(row.code)    ? Kind::not_needed
                                              : Kind::refused;
    }

    [[nodiscard]] std::string body_of(const std::vector<std::size_t>& rows) const {
        boost::json::array records;
        for (const std::size_t i : rows) {
            const LegacyEntry& entry = entries_[i];
            boost::json::array components;
            for (const ledger::RawComponent& one : entry.components)
                components.emplace_back(one.kind + "=" + one.value);
            boost::json::object record{{"key", entry.key}, {"components", std::move(components)}};
            if (entry.device_name) record["device_name"] = *entry.device_name;
            if (entry.activated_at.us != 0) record["activated_at"] = ledger::time_text(entry.activated_at);
            records.push_back(std::move(record));
        }
        return boost::json::serialize(boost::json::object{{"authority", proven_authority},
                                                          {"product", mapping_.product},
                                                          {"reserved_until", ledger::time_text(until_)},
                                                          {"records", std::move(records)}});
    }

    /// Before anything is asked or kept: the report is written at the very end, when the seats are kept.
    [[nodiscard]] Result<void> check_report() const {
        if (options_.report.empty()) return {};
        return check_report_place(options_.report, {options_.table, options_.mapping});
    }

    Result<void> write_report() const {
        if (options_.report.empty()) return {};
        ACTLEDGER_CHECK(check_report());
        const bool json = options_.report.extension() == ".json";
        return write_file(options_.report,
                          json ? boost::json::serialize(report_.json()) + "\n" : report_.csv(run_.language()),
                          Existing::replaced);
    }

    Result<void> finish() {
        ACTLEDGER_CHECK(write_report());
        if (run_.json) {
            std::printf("%s\n", boost::json::serialize(report_.json()).c_str());
        } else {
            report_.print(run_.language());
        }
        const std::size_t refused = report_.count(Kind::refused);
        if (refused > 0) return Error{errc::legacy_rows_refused, {}, {{"count", std::to_string(refused)}}};
        return {};
    }

    Invocation& run_;
    const ImportOptions& options_;
    LegacyMapping mapping_;
    std::vector<LegacyEntry> entries_;
    std::vector<std::size_t> candidates_;  // places in entries_ and report_.rows
    ledger::Timestamp until_;
    LegacyReport report_;
};

/// Calls `visit` with every kept seat, page by page.
Result<void> visit_seats(Invocation& run, AdminClient& admin,
                         const std::function<void(const boost::json::object&)>& visit) {
    std::string target = std::string(seats_path) + "?limit=500";
    while (true) {
        ACTLEDGER_TRY(const AdminAnswer answer, admin.send({"GET", target, {}}));
        if (answer.status >= 300) {
            run.exit_code = report_problem(answer);
            return {};
        }
        const auto& object = answer.body.as_object();
        for (const auto& seat : object.at("seats").as_array()) visit(seat.as_object());
        const auto& next = object.at("next_cursor");
        if (!next.is_string()) return {};
        target = std::string(seats_path) + "?limit=500&cursor=" + std::string(next.get_string());
    }
}

Result<void> list_seats(Invocation& run) {
    ACTLEDGER_TRY(const auto admin, run.open_admin());
    if (!run.json) {
        std::printf("%-28s %-22s %-8s %-28s %s\n", "activation", "licence", "status", "kept until", "device");
    }
    return visit_seats(run, *admin, [&](const boost::json::object& seat) {
        if (run.json) {
            std::printf("%s\n", boost::json::serialize(seat).c_str());
            return;
        }
        std::printf("%-28s %-22s %-8s %-28s %s\n", show(seat, "activation_id").c_str(),
                    show(seat, "license_id").c_str(), show(seat, "status").c_str(),
                    show(seat, "reserved_until").c_str(), show(seat, "device_name").c_str());
    });
}

Result<void> free_seats(Invocation& run, std::vector<std::string> ids, bool all_due) {
    if (all_due) {
        ACTLEDGER_TRY(const auto admin, run.open_admin());
        ACTLEDGER_CHECK(visit_seats(run, *admin, [&](const boost::json::object& seat) {
            if (seat.at("may_be_freed").as_bool()) ids.push_back(show(seat, "activation_id"));
        }));
        if (run.exit_code != 0) return {};
    }
    if (ids.empty()) {
        run.say("No kept seat is due to be given up.", "没有到期可释放的保留席位。");
        return {};
    }
    ACTLEDGER_CHECK(prove_authority(run, "free " + std::to_string(ids.size()) + " seats"));
    ACTLEDGER_TRY(const auto admin, run.open_admin());
    const std::string body = boost::json::serialize(boost::json::object{{"authority", proven_authority}});
    std::size_t freed = 0;
    for (const std::string& id : ids) {
        ACTLEDGER_TRY(const AdminAnswer answer,
                      admin->send({"DELETE", std::string(seats_path) + "/" + path_segment(id), body}));
        if (answer.status >= 300) {
            run.exit_code = report_problem(answer);
        } else {
            ++freed;
        }
    }
    const std::string count = std::to_string(freed);
    run.say(count + " kept seats are given up.", "已释放 " + count + " 个保留席位。");
    return {};
}

}  // namespace

void add_legacy_commands(CLI::App& app, Invocation& run) {
    auto* legacy = app.add_subcommand("legacy", "Desktops of the previous product: keep their seats until they call");
    legacy->require_subcommand(1);

    auto options = std::make_shared<ImportOptions>();
    auto* import = legacy->add_subcommand(
        "import", "Keep a seat for each record of the previous product; asks for the HSM's PIN and a typed sentence");
    import->add_option("table", options->table, "Its activations, as CSV in UTF-8 or GB18030")->required();
    import->add_option("--mapping", options->mapping, "Which column is what (TOML)")->required();
    import->add_flag("--dry-run", options->dry_run, "Say for each row what would happen, and change nothing");
    import->add_option(
        "--report", options->report,
        "Write what became of each row to this file: .csv or .json; a new one, or over an earlier report");
    import->add_option("--keep-days", options->keep_days, "So many days the seats are kept at least")
        ->check(CLI::Range(1U, 3'650U))
        ->capture_default_str();
    import->callback([&run, options] {
        if (const auto done = Import(run, *options).perform(); !done) {
        const int before = run.exit_code;
        run.fail(done.error());
        if (before != 0) run.exit_code = before;
    }
});

legacy->add_subcommand("list", "List the kept seats")->callback([&run] {
    if (const auto done = list_seats(run); !done) run.fail(done.error());
});

struct Free {
    std::vector<std::string> ids;
    bool all_due = false;
};
auto free = std::make_shared<Free>();
auto* free_command =
    legacy->add_subcommand("free", "Give up seats that nobody claimed; asks for the HSM's PIN and a typed sentence");
free_command->add_option("activation", free->ids, "Their activation ids, as listed");
free_command->add_flag("--all-due", free->all_due, "All that were kept as long as was promised");
free_command->callback([&run, free] {
    if (const auto done = free_seats(run, free->ids, free->all_due); !done) run.fail(done.error());
});
}  // namespace cli

}  // namespace cli
