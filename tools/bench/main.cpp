// actledger-bench: the figures of docs/performance.md, in one run. Loopback only; every stretch is bounded.

#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "tools/bench/errc.hpp"
#include "tools/bench/phases.hpp"
#include "tools/bench/twin.hpp"
#include "tools/terminal/command_line.hpp"
#include "tools/terminal/terminal.hpp"

namespace {

namespace fs = std::filesystem;

struct Options {
    std::string folder, answer, twin_folder;
    std::vector<std::string> only;
    unsigned seconds = 10;
    std::uint64_t devices = 1'000'000;
    bool keep = false;
    bool brief = false;
    bool json = false;
};

/// A run's folder, removed with it unless it is to be kept.
class RunFolder {
 public:
    RunFolder(const std::string& parent, bool keep) : keep_(keep) {
        std::string name = (fs::path(parent.empty() ? "/var/tmp" : parent) / "actledger-bench-XXXXXX").string();
        fs::create_directories(fs::path(name).parent_path());
        ACTLEDGER_ASSERT(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~RunFolder() {
        if (keep_) {
            std::fprintf(stderr, "kept: %s\n", path_.c_str());
            return;
        }
        std::error_code ignored;  // what is left is named by its folder, and the figures stand anyway
        fs::remove_all(path_, ignored);
    }
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

 private:
    fs::path path_;
    bool keep_;
};

/// 2 x 1,024 connections and the ledger's files.
void raise_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

bench::Plan plan_of(const Options& options, const fs::path& folder) {
    bench::Plan plan;
    plan.folder = folder;
    plan.programs = fs::read_symlink("/proc/self/exe").parent_path();
    plan.slice = std::chrono::milliseconds(options.seconds * 1'000 / static_cast<unsigned>(plan.slices));
    plan.devices = options.devices;
    if (options.brief) {
        plan.slice = std::chrono::milliseconds(200);
        plan.slices = 2;
        plan.connections = 8;
        plan.slow_connections = 16;
        plan.devices = 1'500;
        plan.baseline_rounds = 10;
        plan.repeats = 1;
    }
    return plan;
}

const std::vector<std::string> phases{"throughput", "latency", "slow-card", "scale", "continuity", "copies", "mirror"};

ledger::Result<void> measure(const Options& options, const bench::Plan& plan, bench::Report& report) {
    const auto chosen = [&](const char* phase) {
        return options.only.empty() || std::ranges::find(options.only, phase) != options.only.end();
    };
    if (chosen("throughput") || chosen("latency") || chosen("scale") || chosen("continuity") || chosen("copies")) {
        ACTLEDGER_TRY(auto bench, bench::make_bench(plan, "main", std::chrono::milliseconds(0)));
        if (chosen("latency")) ACTLEDGER_CHECK(bench::measure_latency(plan, bench, report));
        if (chosen("throughput")) ACTLEDGER_CHECK(bench::measure_throughput(plan, bench, report));
        if (chosen("scale")) ACTLEDGER_CHECK(bench::measure_scale(plan, bench, report));
        if (chosen("continuity")) ACTLEDGER_CHECK(bench::measure_continuity(plan, bench, report));
        if (chosen("copies")) ACTLEDGER_CHECK(bench::measure_copies(plan, bench, report));
    }
    if (chosen("slow-card")) ACTLEDGER_CHECK(bench::measure_slow_card(plan, report));
    if (chosen("mirror")) ACTLEDGER_CHECK(bench::measure_mirror(plan, report));
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Benchmark of Activation Ledger: everything in docs/performance.md, in one run");
    Options options;
    app.add_option("--only", options.only, "some phases instead of all")->check(CLI::IsMember(phases))->delimiter(',');
    app.add_option("--time", options.seconds, "seconds of each measured stretch")->check(CLI::Range(1, 20));
    app.add_option("--devices", options.devices, "devices for start-up, memory and verify")
        ->check(CLI::Range(1'000, 10'000'000));
    app.add_option("--folder", options.folder, "where the run's folder is made, on the disk to be measured (/var/tmp)");
    app.add_flag("--keep", options.keep, "leaves the run's folder");
    app.add_flag("--json", options.json, "the report as JSON");
    app.add_flag("--short", options.brief, "only shows that everything runs; the figures say nothing");
    auto* twin = app.add_subcommand("twin", "")->group("");
    twin->add_option("--answer", options.answer);
    twin->add_option("--twin-folder", options.twin_folder);
    if (const auto end = terminal::parse_command_line(app, "actledger-bench", argc, argv)) return *end;

    std::signal(SIGPIPE, SIG_IGN);
    raise_open_files();
    const auto language = terminal::choose_language("");
    if (twin->parsed()) {
        const auto served =
            bench::run_twin(options.answer, options.twin_folder, std::max(1U, std::thread::hardware_concurrency()));
        return served ? 0 : terminal::report("actledger-bench", served.error(), language);
    }
    const RunFolder folder(options.folder, options.keep);
    bench::Report report;
    const auto measured = measure(options, plan_of(options, folder.path()), report);
    if (!measured) return terminal::report("actledger-bench", measured.error(), language);
    std::fputs((options.json ? report.json() : report.markdown()).c_str(), stdout);
    // A missed target is for people to read, not for a build to fail on: machines differ.
    return 0;
}
