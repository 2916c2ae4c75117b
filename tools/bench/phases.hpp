#pragma once
// tools/bench/phases.hpp: what is measured, each phase on real parts: our programs as child processes, SoftHSM2, the
// disk. Targets are those of docs/performance.md. Each measured stretch takes `time`; making devices takes what it
// takes.

#include "tools/bench/ledger_setup.hpp"
#include "tools/bench/report.hpp"

namespace bench {

struct Plan {
    std::filesystem::path folder;  ///< Everything of the run is below it.
    std::filesystem::path programs;
    std::chrono::milliseconds time{10'000};  ///< Of each measured stretch; at most 20 s.
    unsigned connections = 256;
    unsigned slow_connections = 1'024;
    std::uint64_t devices = 1'000'000;
    int baseline_rounds = 2'000;
};

/// One ledger, and how many devices it has been given.
struct Bench {
    LedgerSetup setup;
    std::uint64_t devices = 0;
};
[[nodiscard]] ledger::Result<Bench> make_bench(const Plan& plan, const std::string& name,
                                               std::chrono::milliseconds signature_delay);

/// New devices over keep-alive connections, plain and TLS, against the twin.
[[nodiscard]] ledger::Result<void> measure_throughput(const Plan& plan, Bench& bench, Report& report);
/// One connection against the least that an event costs.
[[nodiscard]] ledger::Result<void> measure_latency(const Plan& plan, Bench& bench, Report& report);
/// A ledger of its own whose card takes 20 ms longer for each signature.
[[nodiscard]] ledger::Result<void> measure_slow_card(const Plan& plan, Report& report);
/// Fills up to plan.devices; then start-up, memory and `actledger-verify`.
[[nodiscard]] ledger::Result<void> measure_scale(const Plan& plan, Bench& bench, Report& report);

}  // namespace bench
