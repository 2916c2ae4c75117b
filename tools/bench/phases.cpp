#include <algorithm>
#include <fstream>
#include <thread>

#include "tools/bench/baseline.hpp"
#include "tools/bench/desktops.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;

/// The twin with one of our own answers, our certificate, and the same number of threads.
class Twin {
 public:
    static ledger::Result<Twin> start(const Plan& plan, const std::filesystem::path& ledger,
                                      const std::string& answer) {
        const auto file = plan.folder / "twin-answer.json";
        std::ofstream(file, std::ios::binary) << answer.substr(answer.find("\r\n\r\n") + 4);
        const Command command{(plan.programs / "actledger-bench").string(),
                              "twin",
                              "--answer",
                              file.string(),
                              "--twin-folder",
                              (ledger / "tls").string()};
        ACTLEDGER_TRY(auto process, Child::start(command, plan.folder / "twin.log", Child::Output::piped));
        Twin twin(std::move(process));
        const auto line = twin.process_.read_line();
        if (std::sscanf(line.c_str(), "%u %u", &twin.plain_, &twin.tls_) != 2) {
            return ledger::Error{errc::not_ready, "", {{"log", (plan.folder / "twin.log").string()}}};
        }
        return twin;
    }
    [[nodiscard]] Target target(bool tls) const { return {static_cast<std::uint16_t>(tls ? tls_ : plain_), tls}; }

 private:
    explicit Twin(Child process) : process_(std::move(process)) {}
    Child process_;
    unsigned plain_ = 0;
    unsigned tls_ = 0;
};

/// Start-up from the log alone, and memory after it. From a snapshot: continuity.cpp.
ledger::Result<void> measure_start(const Plan& plan, Bench& bench, std::uint64_t empty_bytes, Report& report) {
    std::vector<double> seconds;
    double bytes = 0;
    for (int round = 0; round < plan.repeats; ++round) {
        std::filesystem::remove_all(bench.setup.ledger_folder() / "snapshots");
        ACTLEDGER_TRY(const auto server, bench.setup.start_server());
        seconds.push_back(server.seconds_to_ready);
        std::this_thread::sleep_for(500ms);
        bytes = static_cast<double>(private_memory_bytes(server.process.id())) - static_cast<double>(empty_bytes);
    }
    const auto devices = std::to_string(bench.devices) + " devices";
    report.add(Figure{"start_up",
                      "start-up with " + devices + ", from the log alone",
                      median(std::move(seconds)),
                      "s",
                      Bound::at_most,
                      2,
                      {},
                      0});
    report.add(Figure{"memory",
                      "memory a device, of " + devices,
                      bytes / static_cast<double>(bench.devices),
                      "bytes",
                      Bound::at_most,
                      200,
                      {},
                      0});
    return {};
}

}  // namespace

double median(std::vector<double> values) {
    ACTLEDGER_ASSERT(!values.empty());
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

ledger::Result<double> seconds_of(const Command& command, int times) {
    std::vector<double> seconds;
    for (int i = 0; i < times; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        ACTLEDGER_CHECK(run_command(command));
        seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    }
    return median(std::move(seconds));
}

ledger::Result<void> fill(const Plan& plan, Bench& bench, Report& report) {
    if (bench.devices >= plan.devices) return {};
    ACTLEDGER_TRY(const auto server, bench.setup.start_server());
    ACTLEDGER_TRY(const auto key, bench.setup.make_enrolment_key());
    Desktops desktops(bench, key);
    ACTLEDGER_TRY(const auto filled,
                  desktops.activate({server.plain_port, false}, plan.connections, 15min, plan.devices - bench.devices));
    report.add(Note{"fill", "filling up to " + std::to_string(bench.devices) + " devices, plain HTTP",
                    filled.per_second(), "activations/s"});
    return {};
}

ledger::Result<Bench> make_bench(const Plan& plan, const std::string& name, std::chrono::milliseconds signature_delay) {
    const auto seats = std::max<std::uint64_t>(2 * plan.devices + 1'000'000, 2'000'000);
    ACTLEDGER_TRY(auto setup, LedgerSetup::make({plan.folder / name, plan.programs, seats, signature_delay}));
    return Bench{std::move(setup), 0};
}

ledger::Result<void> measure_throughput(const Plan& plan, Bench& bench, Report& report) {
    constexpr double least_ratio = 0.35;
    ACTLEDGER_TRY(const auto server, bench.setup.start_server());
    ACTLEDGER_TRY(const auto key, bench.setup.make_enrolment_key());
    Desktops desktops(bench, key);
    // A little warming: reservations are made, and there is an answer for the twin.
    ACTLEDGER_TRY(const auto warm, desktops.activate({server.plain_port, false}, 16, 300ms));
    ACTLEDGER_TRY(const auto twin, Twin::start(plan, bench.setup.ledger_folder(), warm.sample));
    for (const bool tls : {false, true}) {
        const Target target{tls ? server.tls_port : server.plain_port, tls};
        Rate ours;
        Rate theirs;
        for (int slice = 0; slice < plan.slices; ++slice) {
            ACTLEDGER_TRY(const auto activated, desktops.activate(target, plan.connections, plan.slice));
            ours.add(activated);
            // The twin gets requests of the same bytes; what it answers was ours.
            Bench nobody{bench.setup, bench.devices};
            Desktops same(nobody, key);
            ACTLEDGER_TRY(const auto answered, same.activate(twin.target(tls), plan.connections, plan.slice));
            theirs.add(answered);
        }
        const std::string way = tls ? "TLS" : "plain HTTP";
        report.add(Figure{tls ? "tls" : "plain_http",
                          "new activations, " + way + ", " + std::to_string(plan.connections) + " connections",
                          ours.per_second(), "/s", Bound::at_least, least_ratio, "twin server", theirs.per_second()});
    }
    return {};
}

ledger::Result<void> measure_latency(const Plan& plan, Bench& bench, Report& report) {
    constexpr double most_ratio = 1.6;
    ACTLEDGER_TRY(const auto server, bench.setup.start_server());
    ACTLEDGER_TRY(const auto key, bench.setup.make_enrolment_key());
    Desktops desktops(bench, key);
    const Target target{server.plain_port, false};
    ACTLEDGER_TRY(const auto warm, desktops.activate(target, 1, 200ms));
    ACTLEDGER_TRY(const auto entry, newest_entry_bytes(bench.setup.ledger_folder()));
    ACTLEDGER_TRY(auto baseline, Baseline::open(plan.folder / "baseline", bench.setup.pin_file(), entry));
    Measured ours;
    for (int slice = 0; slice < plan.slices; ++slice) {
        ACTLEDGER_TRY(const auto activated, desktops.activate(target, 1, plan.slice));
        ours.latencies_us.insert(ours.latencies_us.end(), activated.latencies_us.begin(), activated.latencies_us.end());
        ACTLEDGER_CHECK(baseline.measure(plan.baseline_rounds));
    }
    report.add(Figure{"latency", "new activation, one connection, median", ours.latency_us(0.5), "us", Bound::at_most,
                      most_ratio, "commit + signature + verification", baseline.sum_us()});
    report.add(Note{"latency_99", "new activation, one connection, 99 %", ours.latency_us(0.99), "us"});
    report.add(Note{"commit", "one durable LMDB commit of what the log stores for an activation, median",
                    baseline.commit_us(), "us"});
    report.add(Note{"bare_commit", "one durable LMDB commit of 400 bytes in one table, median",
                    baseline.bare_commit_us(), "us"});
    report.add(
        Note{"signature", "one signature of the token (SoftHSM2, in process), median", baseline.signature_us(), "us"});
    report.add(Note{"verification", "one verification, median", baseline.verification_us(), "us"});
    return {};
}

ledger::Result<void> measure_slow_card(const Plan& plan, Report& report) {
    constexpr double least_rate = 10'000;
    ACTLEDGER_TRY(auto bench, make_bench(plan, "slow", 20ms));
    ACTLEDGER_TRY(const auto server, bench.setup.start_server());
    ACTLEDGER_TRY(const auto key, bench.setup.make_enrolment_key());
    Desktops desktops(bench, key);
    const Target target{server.plain_port, false};
    ACTLEDGER_TRY(const auto warm, desktops.activate(target, 64, 500ms));
    ACTLEDGER_TRY(const auto ours, desktops.activate(target, plan.slow_connections, plan.slices * plan.slice));
    report.add(Figure{
        "slow_card",
        "new activations, " + std::to_string(plan.slow_connections) + " connections, signatures delayed by 20 ms",
        ours.per_second(),
        "/s",
        Bound::at_least,
        least_rate,
        {},
        0});
    return {};
}

ledger::Result<void> measure_scale(const Plan& plan, Bench& bench, Report& report) {
    constexpr double least_verified = 1'000'000;
    std::uint64_t empty_bytes = 0;
    {
        ACTLEDGER_TRY(auto empty, make_bench(plan, "empty", 0ms));
        ACTLEDGER_TRY(const auto server, empty.setup.start_server());
        std::this_thread::sleep_for(500ms);
        empty_bytes = private_memory_bytes(server.process.id());
    }
    ACTLEDGER_CHECK(fill(plan, bench, report));
    ACTLEDGER_CHECK(measure_start(plan, bench, empty_bytes, report));
    std::vector<double> rates;
    for (int round = 0; round < plan.repeats; ++round) {
        const auto begun = std::chrono::steady_clock::now();
        ACTLEDGER_CHECK(
            run_command({(plan.programs / "actledger-verify").string(), bench.setup.ledger_folder().string(), "--root",
                         bench.setup.root_certificate().string()}));
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
        rates.push_back(static_cast<double>(bench.devices) / taken.count());
    }
    report.add(Figure{"verify",
                      "actledger-verify of " + std::to_string(bench.devices) + " activations",
                      median(std::move(rates)),
                      "events/s",
                      Bound::at_least,
                      least_verified,
                      {},
                      0});
    return {};
}

}  // namespace bench
