#include "tools/bench/phases.hpp"

#include <fstream>
#include <thread>

#include "tools/bench/activation_requests.hpp"
#include "tools/bench/baseline.hpp"
#include "tools/bench/errc.hpp"
#include "tools/bench/load_generator.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;

/// New devices only, and every answer a new seat: anything else is no measurement.
ledger::Result<Measured> activate(Bench& bench, const std::string& key, Target target, unsigned connections,
                                  std::chrono::milliseconds time, std::uint64_t devices_max = 0) {
    const ActivationRequests requests(key);
    const auto first = bench.devices;
    std::uint64_t written = 0;
    ACTLEDGER_TRY(auto measured, generate({target, connections, devices_max, time,
                                           [&](std::uint64_t n, std::string& out) {
                                               requests.write(first + n, out);
                                               written = n + 1;
                                           },
                                           201}));
    bench.devices += written;
    if (measured.others != 0) {
        return ledger::Error{
            errc::wrong_answers, "", {{"count", std::to_string(measured.others)}, {"first", measured.first_other}}};
    }
    return measured;
}

/// The twin with one of our own answers, on the same number of threads.
class Twin {
 public:
    static ledger::Result<Twin> start(const Plan& plan, const std::string& answer) {
        const auto file = plan.folder / "twin-answer.json";
        std::ofstream(file, std::ios::binary) << answer.substr(answer.find("\r\n\r\n") + 4);
        const Command command{(plan.programs / "actledger-bench").string(),
                              "twin",
                              "--answer",
                              file.string(),
                              "--twin-folder",
                              (plan.folder / "twin").string()};
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

}  // namespace

ledger::Result<Bench> make_bench(const Plan& plan, const std::string& name, std::chrono::milliseconds signature_delay) {
    const auto seats = std::max<std::uint64_t>(2 * plan.devices + 1'000'000, 2'000'000);
    ACTLEDGER_TRY(auto setup, LedgerSetup::make({plan.folder / name, plan.programs, seats, signature_delay}));
    return Bench{std::move(setup), 0};
}

ledger::Result<void> measure_throughput(const Plan& plan, Bench& bench, Report& report) {
    constexpr double least_ratio = 0.35;
    ACTLEDGER_TRY(const auto server, bench.setup.start_server());
    ACTLEDGER_TRY(const auto key, bench.setup.make_enrolment_key());
    // A little warming: reservations are made, and there is an answer for the twin.
    ACTLEDGER_TRY(const auto warm, activate(bench, key, {server.plain_port, false}, 16, 300ms));
    ACTLEDGER_TRY(const auto twin, Twin::start(plan, warm.sample));
    for (const bool tls : {false, true}) {
        const Target target{tls ? server.tls_port : server.plain_port, tls};
        ACTLEDGER_TRY(const auto ours, activate(bench, key, target, plan.connections, plan.time));
        // The twin gets requests of the same bytes; what it answers was ours.
        Bench nobody{bench.setup, bench.devices};
        ACTLEDGER_TRY(const auto theirs, activate(nobody, key, twin.target(tls), plan.connections, plan.time));
        const std::string way = tls ? "TLS" : "plain HTTP";
        const auto connections = std::to_string(plan.connections) + " connections, " + way;
        report.add("twin (no work), " + connections, theirs.per_second(), "requests/s");
        report.add("new activations, " + connections, ours.per_second(), "activations/s");
        report.add_target("ratio ours/twin, " + way, ours.per_second() / theirs.per_second(), "",
                          Report::Bound::at_least, least_ratio);
    }
    return {};
}

ledger::Result<void> measure_latency(const Plan& plan, Bench& bench, Report& report) {
    constexpr double most_ratio = 1.6;
    double median = 0;
    {
        ACTLEDGER_TRY(const auto server, bench.setup.start_server());
        ACTLEDGER_TRY(const auto key, bench.setup.make_enrolment_key());
        ACTLEDGER_TRY(const auto warm, activate(bench, key, {server.plain_port, false}, 1, 200ms));
        ACTLEDGER_TRY(const auto ours, activate(bench, key, {server.plain_port, false}, 1, plan.time));
        median = ours.latency_us(0.5);
        report.add("latency of one connection, median", median, "us");
        report.add("latency of one connection, 99 %", ours.latency_us(0.99), "us");
    }
    ACTLEDGER_TRY(const auto least,
                  measure_baseline(plan.folder / "baseline", bench.setup.pin_file(), plan.baseline_rounds));
    report.add("one durable LMDB commit, median", least.commit_us, "us");
    report.add("one token signature (SoftHSM2, in process), median", least.signature_us, "us");
    report.add("one verification, median", least.verification_us, "us");
    report.add_target("ratio latency/(commit + signature + verification)", median / least.sum_us(), "",
                      Report::Bound::at_most, most_ratio);
    return {};
}

ledger::Result<void> measure_slow_card(const Plan& plan, Report& report) {
    constexpr double least_rate = 10'000;
    ACTLEDGER_TRY(auto bench, make_bench(plan, "slow", 20ms));
    ACTLEDGER_TRY(const auto server, bench.setup.start_server());
    ACTLEDGER_TRY(const auto key, bench.setup.make_enrolment_key());
    ACTLEDGER_TRY(const auto warm, activate(bench, key, {server.plain_port, false}, 64, 500ms));
    ACTLEDGER_TRY(const auto ours, activate(bench, key, {server.plain_port, false}, plan.slow_connections, plan.time));
    report.add_target(
        "new activations, " + std::to_string(plan.slow_connections) + " connections, signatures delayed by 20 ms",
        ours.per_second(), "activations/s", Report::Bound::at_least, least_rate);
    return {};
}

ledger::Result<void> measure_scale(const Plan& plan, Bench& bench, Report& report) {
    constexpr double most_start_s = 2;
    constexpr double most_bytes = 200;
    constexpr double least_verified = 1'000'000;
    std::uint64_t empty_bytes = 0;
    {
        ACTLEDGER_TRY(auto empty, make_bench(plan, "empty", 0ms));
        ACTLEDGER_TRY(const auto server, empty.setup.start_server());
        std::this_thread::sleep_for(500ms);
        empty_bytes = private_memory_bytes(server.process.id());
    }
    // The token's folder is that of the set-up made last: name the first one's again.
    ::setenv("SOFTHSM2_CONF", (bench.setup.options().folder / "softhsm2.conf").c_str(), 1);
    if (bench.devices < plan.devices) {
        ACTLEDGER_TRY(const auto server, bench.setup.start_server());
        ACTLEDGER_TRY(const auto key, bench.setup.make_enrolment_key());
        ACTLEDGER_TRY(const auto filled, activate(bench, key, {server.plain_port, false}, plan.connections, 15min,
                                                  plan.devices - bench.devices));
        report.add("filling up to " + std::to_string(bench.devices) + " devices", filled.per_second(), "activations/s");
    }
    {
        ACTLEDGER_TRY(const auto server, bench.setup.start_server());
        report.add_target("start-up with " + std::to_string(bench.devices) + " devices", server.seconds_to_ready, "s",
                          Report::Bound::at_most, most_start_s);
        std::this_thread::sleep_for(500ms);
        const auto bytes = private_memory_bytes(server.process.id());
        const double per_device =
            static_cast<double>(bytes - std::min(bytes, empty_bytes)) / static_cast<double>(bench.devices);
        report.add_target("memory a device", per_device, "bytes", Report::Bound::at_most, most_bytes);
    }
    const auto begun = std::chrono::steady_clock::now();
    ACTLEDGER_CHECK(run_command({(plan.programs / "actledger-verify").string(), bench.setup.ledger_folder().string(),
                                 "--root", bench.setup.root_certificate().string()}));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    report.add_target("actledger verify of " + std::to_string(bench.devices) + " activations",
                      static_cast<double>(bench.devices) / seconds, "events/s", Report::Bound::at_least,
                      least_verified);
    return {};
}

}  // namespace bench
