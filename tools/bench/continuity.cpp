#include "tools/bench/phases.hpp"

namespace bench {
namespace {

/// The largest name is the newest.
std::filesystem::path newest_snapshot(const std::filesystem::path& folder) {
    std::filesystem::path newest;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() == ".snapshot") newest = std::max(newest, file.path());
    }
    return newest;
}

}  // namespace

ledger::Result<void> measure_continuity(const Plan& plan, Bench& bench, Report& report) {
    constexpr double most_seconds = 1;
    constexpr double least_replayed = 1'000'000;
    constexpr double least_rebuilt = 200'000;
    ACTLEDGER_CHECK(fill(plan, bench, report));
    const std::string devices = std::to_string(bench.devices) + " devices";
    std::vector<double> starts;
    for (int round = 0; round <= plan.repeats; ++round) {
        // Its clean end leaves a snapshot; what the first start began with is not known.
        ACTLEDGER_TRY(const auto server, bench.setup.start_server());
        if (round > 0) starts.push_back(server.seconds_to_ready);
    }
    report.add(Figure{"start_up_snapshot",
                      "start-up with " + devices + ", from a snapshot",
                      median(std::move(starts)),
                      "s",
                      Bound::at_most,
                      most_seconds,
                      {},
                      0});
    const auto snapshot = newest_snapshot(bench.setup.ledger_folder() / "snapshots");
    report.add(Note{"snapshot_bytes", "a snapshot of " + devices,
                    static_cast<double>(std::filesystem::file_size(snapshot)), "bytes"});
    ACTLEDGER_TRY(const double hashed, seconds_of({"/usr/bin/sha256sum", snapshot.string()}, plan.repeats));
    report.add(Note{"snapshot_hashed", "sha256sum of that file", hashed, "s"});

    const auto config = (bench.setup.options().folder / "actledgerd.toml").string();
    const auto replay = [&](std::initializer_list<std::string> arguments) {
        Command words{(plan.programs / "actledger").string(), "--config", config, "replay"};
        words.insert(words.end(), arguments.begin(), arguments.end());
        return words;
    };
    const auto events = [&](double seconds) { return static_cast<double>(bench.devices) / seconds; };
    std::filesystem::remove_all(snapshot.parent_path());  // what comparing them takes is not the fold's
    ACTLEDGER_TRY(const double replayed, seconds_of(replay({"--check", "--only", "state"}), plan.repeats));
    report.add(Figure{"replay",
                      "actledger replay --check --only state, of " + devices,
                      events(replayed),
                      "events/s",
                      Bound::at_least,
                      least_replayed,
                      {},
                      0});
    std::filesystem::remove_all(bench.setup.ledger_folder() / "read");
    ACTLEDGER_TRY(const double rebuilt, seconds_of(replay({"--only", "read-models"}), 1));
    report.add(Figure{"read_models",
                      "actledger replay --only read-models, of " + devices,
                      events(rebuilt),
                      "events/s",
                      Bound::at_least,
                      least_rebuilt,
                      {},
                      0});
    const auto log = bench.setup.ledger_folder() / "log/data.mdb";
    ACTLEDGER_TRY(const double log_hashed, seconds_of({"/usr/bin/sha256sum", log.string()}, plan.repeats));
    report.add(Note{"log_hashed", "sha256sum of the log's file, as events", events(log_hashed), "events/s"});
    return {};
}

}  // namespace bench
