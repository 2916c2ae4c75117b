#include "tools/verify/command.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>

#include "ledger/core/errc.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/store_read/page_fault.hpp"
#include "tools/terminal/errc.hpp"
#include "tools/verify/errc.hpp"
#include "tools/verify/report.hpp"

namespace verify {
namespace {

constexpr std::size_t root_bytes_max = 64 * 1024;

struct Options {
    std::string path;
    std::string root;
    bool every_signature = false;
    std::vector<std::string> witnesses;
    std::string at;
    std::string proof;
    std::string personal;
    std::string against;
    std::size_t findings_max = 50;
    unsigned threads = 0;  // 0: one for each core
    bool json = false;
};

ledger::Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    const auto unreadable = [&](const char* reason) {
        return ledger::Error{terminal::errc::file_unreadable, {}, {{"path", path}, {"reason", reason}}};
    };
    std::ifstream file(path, std::ios::binary);
    if (!file) return unreadable(std::strerror(errno));
    std::string content(bytes_max + 1, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (file.bad()) return unreadable(std::strerror(errno));
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.size() > bytes_max) return ledger::Error{ledger::errc::too_large, path};
    return content;
}

/// PEM or DER.
ledger::Result<ledger::Certificate> read_root(const std::string& path) {
    ACTLEDGER_TRY(const std::string content, read_file(path, root_bytes_max));
    if (content.find("-----BEGIN") != std::string::npos) return ledger::Certificate::from_pem(content);
    return ledger::Certificate::from_der(ledger::as_bytes(content));
}

ledger::Timestamp system_time() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

ledger::Result<ledger::Timestamp> parse_moment(const std::string& text) {
    if (text.empty()) return system_time();
    auto whole_seconds = ledger::parse_time_seconds(text);
    return whole_seconds ? whole_seconds : ledger::parse_time(text);
}

/// One run of the command.
class Command {
 public:
    Command(const Options& options, const CommandSurroundings& surroundings)
        : options_(options), surroundings_(surroundings), language_(surroundings.language()) {}

    ledger::Result<terminal::Exit> run() {
        ACTLEDGER_TRY(const auto root, read_root(options_.root));
        std::error_code ignored;  // what cannot be looked at cannot be opened either, and that says why
        if (std::filesystem::is_directory(options_.path, ignored)) {
            ACTLEDGER_CHECK(refuse_misplaced({{"--proof", &options_.proof},
                                              {"--personal", &options_.personal},
                                              {"--against", &options_.against},
                                              {"--at", &options_.at}}));
            return run_on_ledger(root);
        }
        const bool statement = is_statement(options_.path) || !options_.proof.empty() ||
                               std::filesystem::exists(options_.path + ".tlog-proof", ignored);
        if (statement) {
            ACTLEDGER_CHECK(refuse_misplaced({{"--at", &options_.at}}));
            return run_on_statement(root);
        }
        ACTLEDGER_CHECK(refuse_misplaced({{"--personal", &options_.personal}, {"--against", &options_.against}}));
        return run_on_file(root);
    }

 private:
    using Given = std::pair<const char*, const std::string*>;

    /// Whoever says --against believes that it was compared.
    ledger::Result<void> refuse_misplaced(std::initializer_list<Given> of_others) const {
        for (const auto& [option, value] : of_others) {
            if (value->empty()) continue;
            return ledger::Error{errc::option_misplaced, {}, {{"option", option}, {"path", options_.path}}};
        }
        return {};
    }

    ledger::Result<terminal::Exit> run_on_ledger(const ledger::Certificate& root) {
        const ledger::Error damaged = ledger::page_fault_error(options_.path);
        ledger::end_at_page_fault(ledger::MappedKind::log,
                                  terminal::report_text(surroundings_.program, damaged, language_),
                                  static_cast<int>(terminal::exit_of(damaged)));
        LedgerAudit audit{options_.path, root, HeadSignatures::last, {}, threads(), options_.findings_max, {}};
        if (options_.every_signature) audit.signatures = HeadSignatures::every;
        for (const std::string& path : options_.witnesses) {
            ACTLEDGER_TRY(auto text, read_file(path, ledger::activation_file_bytes_max));
            audit.witnesses.push_back({path, std::move(text)});
        }
        std::optional<terminal::Progress> bar;
        audit.progress = [&](std::uint64_t done, std::uint64_t total) {
            if (!bar) bar.emplace(language_ == ledger::Language::chinese ? "校验" : "verifying", total);
            bar->advance_to(done);
        };
        ACTLEDGER_TRY(const auto report, verify_ledger(audit));
        bar.reset();
        return print(report.findings, ledger_json(report, context()), ledger_text(report, context()));
    }

    ledger::Result<terminal::Exit> run_on_file(const ledger::Certificate& root) {
        ACTLEDGER_TRY(const std::string text, read_file(options_.path, ledger::activation_file_bytes_max));
        ACTLEDGER_TRY(const auto at, parse_moment(options_.at));
        ACTLEDGER_TRY(const auto report, verify_file(text, root, at));
        return print(report.findings, file_json(report, context()), file_text(report, context()));
    }

    ledger::Result<terminal::Exit> run_on_statement(const ledger::Certificate& root) {
        StatementAudit audit{
            options_.path, options_.proof, options_.personal, options_.against, root, options_.findings_max, {}};
        // Where `actledger report` puts them.
        if (audit.proof.empty()) audit.proof = options_.path + ".tlog-proof";
        std::error_code ignored;
        const std::string personal = options_.path + ".personal";
        if (audit.personal.empty() && std::filesystem::exists(personal, ignored)) audit.personal = personal;
        std::optional<terminal::Progress> bar;
        std::uint64_t bar_total = 0;  // of events, then of seats
        audit.progress = [&](std::uint64_t done, std::uint64_t total) {
            if (!bar || total != bar_total) {
                bar.emplace(language_ == ledger::Language::chinese ? "核对" : "comparing", total);
                bar_total = total;
            }
            bar->advance_to(done);
        };
        ACTLEDGER_TRY(const auto report, verify_statement(audit));
        bar.reset();
        return print(report.findings, statement_json(report, context()), statement_text(report, context()));
    }

    terminal::Exit print(const FindingList& findings, const std::string& json, const std::string& text) const {
        const bool as_json = options_.json || (surroundings_.json && surroundings_.json());
        std::fputs(as_json ? json.c_str() : text.c_str(), stdout);
        std::fflush(stdout);
        return exit_of(findings);
    }

    [[nodiscard]] ReportContext context() const {
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started_;
        return {options_.path, taken.count(), language_};
    }

    [[nodiscard]] unsigned threads() const {
        return options_.threads != 0 ? options_.threads : std::max(1U, std::thread::hardware_concurrency());
    }

    const Options& options_;
    const CommandSurroundings& surroundings_;
    ledger::Language language_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace

void add_verify_options(CLI::App& command, CommandSurroundings surroundings) {
    const auto options = std::make_shared<Options>();
    command.add_option("path", options->path, "ledger folder, activation file, or statement of seats")->required();
    command.add_option("--root", options->root, "the vendor's root certificate (PEM or DER)")->required();
    command.add_flag("--every-signature", options->every_signature,
                     "check the signature of every head, not only that of the newest");
    command.add_option("--witness", options->witnesses,
                       "a checkpoint or activation file kept elsewhere, which the ledger must agree with; repeatable");
    command.add_option("--at", options->at,
                       "activation file: judge the lease at this time, 2026-01-31T00:00:00Z (default: now)");
    command.add_option("--proof", options->proof, "statement: its proof (default: beside it, with .tlog-proof)");
    command.add_option("--personal", options->personal,
                       "statement: the personal values (default: beside it, with .personal, if they are there)");
    command.add_option("--against", options->against,
                       "statement: a ledger's folder or an export, from whose events every line is made again");
    command.add_option("--max-findings", options->findings_max, "how many findings to show; all are counted")
        ->check(CLI::Range(1, 100'000));
    command.add_option("--threads", options->threads, "default: one for each core")->check(CLI::Range(1, 256));
    command.add_flag("--json", options->json, "the report as JSON");
    command.callback([options, around = std::move(surroundings)] {
        auto exit = Command(*options, around).run();
        around.exit_code =
            exit ? static_cast<int>(*exit) : terminal::report(around.program, exit.error(), around.language());
    });
}

void add_verify_command(CLI::App& app, CommandSurroundings surroundings) {
    CLI::App* command = app.add_subcommand(
        "verify", "Proves a ledger, an activation file or a statement of seats from the vendor's root");
    add_verify_options(*command, std::move(surroundings));
}

}  // namespace verify
