#include <chrono>
#include <fstream>

#include "tools/bench/phases.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

constexpr double least_ratio = 0.3;

std::uint64_t bytes_below(const fs::path& folder) {
    std::uint64_t bytes = 0;
    for (const auto& file : fs::recursive_directory_iterator(folder)) {
        if (file.is_regular_file()) bytes += file.file_size();
    }
    return bytes;
}

/// What takes turns: each begins with nothing at its target.
class Copies {
 public:
    Copies(const Plan& plan, const Bench& bench)
        : plan_(plan),
          folder_(bench.setup.options().folder),
          root_(bench.setup.root_certificate()),
          config_(folder_ / "actledgerd.toml"),
          restoring_(folder_ / "restoring.toml") {
        std::ofstream(restoring_) << "[ledger]\nfolder = \"" << restored().string() << "\"\n";
    }
    [[nodiscard]] fs::path exported() const { return folder_ / "exported"; }

    ledger::Result<double> write_export() const {
        fs::remove_all(exported());
        return seconds_of({actledger(), "--config", config_.string(), "export", exported().string()}, 1);
    }
    ledger::Result<double> restore() const {
        fs::remove_all(restored());
        return seconds_of(
            {actledger(), "--config", restoring_.string(), "restore", exported().string(), "--root", root_.string()},
            1);
    }
    /// `cp -r` of the export, and `sha256sum` of what was copied.
    ledger::Result<double> copy_and_hash() const {
        const auto copied = folder_ / "copied";
        fs::remove_all(copied);
        ACTLEDGER_TRY(const double copying, seconds_of({"/bin/cp", "-r", exported().string(), copied.string()}, 1));
        ACTLEDGER_TRY(
            const double hashing,
            seconds_of({"/usr/bin/find", copied.string(), "-type", "f", "-exec", "/usr/bin/sha256sum", "{}", "+"}, 1));
        fs::remove_all(copied);
        return copying + hashing;
    }
    void clear() const {
        fs::remove_all(exported());
        fs::remove_all(restored());
    }

 private:
    [[nodiscard]] std::string actledger() const { return (plan_.programs / "actledger").string(); }
    [[nodiscard]] fs::path restored() const { return folder_ / "restored"; }

    const Plan& plan_;
    fs::path folder_, root_, config_, restoring_;
};

}  // namespace

ledger::Result<void> measure_copies(const Plan& plan, Bench& bench, Report& report) {
    ACTLEDGER_CHECK(fill(plan, bench, report));
    const Copies copies(plan, bench);
    std::vector<double> exports;
    std::vector<double> restores;
    std::vector<double> plain;
    std::uint64_t bytes = 0;
    for (int round = 0; round < plan.repeats; ++round) {
        ACTLEDGER_TRY(exports.emplace_back(), copies.write_export());
        bytes = bytes_below(copies.exported());
        ACTLEDGER_TRY(plain.emplace_back(), copies.copy_and_hash());
        ACTLEDGER_TRY(restores.emplace_back(), copies.restore());
    }
    copies.clear();
    const auto rate = [bytes](std::vector<double>& seconds) {
        constexpr double megabyte = 1e6;
        return static_cast<double>(bytes) / megabyte / median(std::move(seconds));
    };
    const std::string devices = std::to_string(bench.devices) + " devices";
    const std::string yardstick = "cp -r and sha256sum of the same bytes";
    const double plainly = rate(plain);
    report.add(Figure{"export", "actledger export, of " + devices, rate(exports), "MB/s", Bound::at_least, least_ratio,
                      yardstick, plainly});
    report.add(Figure{"restore", "actledger restore, of the same", rate(restores), "MB/s", Bound::at_least, least_ratio,
                      yardstick, plainly});
    report.add(Note{"export_bytes", "the export of " + devices, static_cast<double>(bytes), "bytes"});
    return {};
}

}  // namespace bench
