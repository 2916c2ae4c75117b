#pragma once
// tools/bench/phases.hpp: what is measured, each phase on real parts: our programs as child processes, SoftHSM2, the
// disk. A figure and its yardstick take turns, slice by slice, so that a machine that is busy for a while slows both.
// Targets and how they are read: docs/performance.md.

#include "tools/bench/ledger_setup.hpp"
#include "tools/bench/report.hpp"

namespace bench {

struct Plan {
    std::filesystem::path folder;  ///< Everything of the run is below it.
    std::filesystem::path programs;
    std::chrono::milliseconds slice{2'000};
    int slices = 5;  ///< Of each stretch.
    unsigned connections = 256;
    unsigned slow_connections = 1'024;
    std::uint64_t devices = 1'000'000;
    int baseline_rounds = 400;  ///< In each slice.
    int repeats = 3;            ///< Of start-up and verify; the median counts.
};

/// One ledger, and how many devices it has been given.
struct Bench {
    LedgerSetup setup;
    std::uint64_t devices = 0;
};
[[nodiscard]] ledger::Result<Bench> make_bench(const Plan& plan, const std::string& name,
                                               std::chrono::milliseconds signature_delay);

/// Up to plan.devices, through the server.
[[nodiscard]] ledger::Result<void> fill(const Plan& plan, Bench& bench, Report& report);
[[nodiscard]] double median(std::vector<double> values);  ///< @pre there is one (asserted)
/// Median seconds of a command, run `times` times. @return errc::command_failed
[[nodiscard]] ledger::Result<double> seconds_of(const Command& command, int times);

/// New devices over keep-alive connections, plain and TLS, against the twin.
[[nodiscard]] ledger::Result<void> measure_throughput(const Plan& plan, Bench& bench, Report& report);
/// One connection against the least that an event costs.
[[nodiscard]] ledger::Result<void> measure_latency(const Plan& plan, Bench& bench, Report& report);
/// A ledger of its own whose card takes 20 ms longer for each signature.
[[nodiscard]] ledger::Result<void> measure_slow_card(const Plan& plan, Report& report);
/// Fills up to plan.devices; then start-up from a snapshot, and the replay of the log, beside hashing the same bytes.
[[nodiscard]] ledger::Result<void> measure_continuity(const Plan& plan, Bench& bench, Report& report);
/// Fills up to plan.devices; then export and restore, beside copying and hashing the same bytes.
[[nodiscard]] ledger::Result<void> measure_copies(const Plan& plan, Bench& bench, Report& report);
/// A ledger of its own, with a mirror on the same disk and without one: rates in turns, and the mirror's lag.
[[nodiscard]] ledger::Result<void> measure_mirror(const Plan& plan, Report& report);
/// Fills up to plan.devices; then start-up from the log alone, memory and `actledger-verify`.
[[nodiscard]] ledger::Result<void> measure_scale(const Plan& plan, Bench& bench, Report& report);

}  // namespace bench
