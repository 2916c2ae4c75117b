#include <algorithm>
#include <array>
#include <atomic>
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <thread>

#include "tools/bench/desktops.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Its server with a mirror on the same disk, or without one.
class MirroredServer {
 public:
    MirroredServer(const Plan& plan, const Bench& bench)
        : actledger_((plan.programs / "actledger").string()),
          folder_(bench.setup.options().folder),
          config_(folder_ / "actledgerd.toml") {
        std::ifstream file(config_);
        without_.assign(std::istreambuf_iterator<char>(file), {});
    }
    /// For the next start.
    void set(bool mirrored) const {
        std::ofstream file(config_);
        file << without_;
        if (mirrored) file << "\n[[mirror]]\nfolder = \"" << (folder_ / "mirror").string() << "\"\n";
    }
    /// As the status has it. @return errc::command_failed
    [[nodiscard]] ledger::Result<std::chrono::milliseconds> lag() const {
        ACTLEDGER_TRY(const auto text, run_command({actledger_, "--config", config_.string(), "--json", "status"}));
        const auto status = boost::json::parse(text);
        return std::chrono::milliseconds(status.at("mirrors").at(0).at("lag_ms").to_number<std::int64_t>());
    }
    [[nodiscard]] ledger::Result<void> catch_up() const {
        for (;;) {
            ACTLEDGER_TRY(const auto behind, lag());
            if (behind == 0ms) return {};
            std::this_thread::sleep_for(50ms);
        }
    }
    /// What the disk itself takes for all of the mirror: `cp -r`, and a sync of the copy.
    [[nodiscard]] ledger::Result<double> copy() const {
        const auto copied = folder_ / "mirror.copy";
        const std::string script = "cp -r \"$0\" \"$1\" && find \"$1\" -type f -exec sync {} +";
        ACTLEDGER_TRY(const double seconds,
                      seconds_of({"/bin/sh", "-c", script, (folder_ / "mirror").string(), copied.string()}, 1));
        fs::remove_all(copied);
        return seconds;
    }

 private:
    std::string actledger_;
    fs::path folder_, config_;
    std::string without_;
};

/// At full speed in turns that are short beside the lag that is allowed, each begun once the mean of all before it has
/// fallen to `mean` answers a second: the last turn ends just above it. @return the largest lag seen
ledger::Result<std::chrono::milliseconds> lag_at_rate(const Plan& plan, Desktops& desktops, Target target,
                                                      const MirroredServer& server, double mean, Rate& rate) {
    using Clock = std::chrono::steady_clock;
    constexpr auto turn = 100ms;
    std::atomic<bool> asking = true;
    std::optional<ledger::Error> failed;
    std::thread load([&] {
        const auto begun = Clock::now();
        const auto end = begun + plan.slice * plan.slices;
        std::uint64_t answers = 0;
        for (auto due = begun; !failed && std::max(due, Clock::now()) < end;) {
            std::this_thread::sleep_until(due);
            const auto activated = desktops.activate(target, plan.connections, turn);
            if (activated) {
                answers += activated->answers;
                const std::chrono::duration<double> worth(static_cast<double>(answers) / mean);
                due = begun + std::chrono::duration_cast<Clock::duration>(worth);
            } else {
                failed = activated.error();
            }
        }
        const std::chrono::duration<double> took = Clock::now() - begun;
        rate.answers += static_cast<double>(answers);
        rate.seconds += took.count();
        asking = false;
    });
    auto most = 0ms;
    ledger::Result<void> seen;
    while (asking && seen) {
        const auto lag = server.lag();
        if (lag) {
            most = std::max(most, *lag);
        } else {
            seen = lag.error();
        }
        std::this_thread::sleep_for(200ms);
    }
    load.join();
    if (failed) return *failed;
    if (!seen) return seen.error();
    return most;
}

std::string seen_at(double rate, double top) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "at %.0f /s, %.2f of the top rate", rate, rate / top);
    return text.data();
}

}  // namespace

ledger::Result<void> measure_mirror(const Plan& plan, Report& report) {
    constexpr double least_share = 0.9;
    constexpr double most_seconds = 2;
    constexpr double half = 0.5;
    ACTLEDGER_TRY(auto bench, make_bench(plan, "mirrored", 0ms));
    const MirroredServer server(plan, bench);
    Rate plain;
    Rate mirrored;
    Rate lagging;
    double top = 0;
    auto lag = 0ms;
    double copied = 0;
    for (int slice = 0; slice < plan.slices; ++slice) {
        for (const bool with : {false, true}) {
            server.set(with);
            ACTLEDGER_TRY(const auto running, bench.setup.start_server());
            ACTLEDGER_TRY(const auto key, bench.setup.make_enrolment_key());
            Desktops desktops(bench, key);
            const Target target{running.plain_port, false};
            if (with) ACTLEDGER_CHECK(server.catch_up());
            ACTLEDGER_TRY(const auto activated, desktops.activate(target, plan.connections, plan.slice));
            (with ? mirrored : plain).add(activated);
            if (!with || slice + 1 < plan.slices) continue;
            ACTLEDGER_CHECK(server.catch_up());
            top = std::max({plain.per_second(), mirrored.per_second(), report.value_of("plain_http").value_or(0)});
            ACTLEDGER_TRY(lag, lag_at_rate(plan, desktops, target, server, top * half, lagging));
            ACTLEDGER_TRY(copied, server.copy());
        }
    }
    report.add(Figure{"mirror_cost", "new activations, plain HTTP, with a mirror", mirrored.per_second(), "/s",
                      Bound::at_least, least_share, "without one", plain.per_second()});
    report.add(Figure{"mirror_lag",
                      "largest lag of that mirror, " + seen_at(lagging.per_second(), top),
                      std::chrono::duration<double>(lag).count(),
                      "s",
                      Bound::at_most,
                      most_seconds,
                      {},
                      0});
    report.add(Note{"mirror_copy", "cp -r of all of that mirror, synced: its yardstick", copied, "s"});
    report.add(Note{"mirror_lag_rate", "the mean rate at which that lag was seen", lagging.per_second(), "/s"});
    report.add(Note{"mirror_top_rate", "the top rate of the run, plain HTTP", top, "/s"});
    return {};
}

}  // namespace bench
