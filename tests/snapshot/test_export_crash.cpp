#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "ledger/core/errc.hpp"
#include "ledger/store_read/export_folder.hpp"
#include "snapshot/restore.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_tampering.hpp"
#include "tools/verify/verify_ledger.hpp"

// The real program, killed at its system calls, and a disk that is full: what was there stays whole, and the next run
// goes on (invariant L10).

namespace snapshot {
namespace {

using support::quoted;

bool every_system_call() { return std::getenv("ACTLEDGER_EVERY_SYSTEM_CALL") != nullptr; }

/// strace counts each of them by itself.
constexpr std::array changing_calls{"write",     "writev",  "pwrite64",  "rename",   "renameat", "renameat2",
                                    "mkdir",     "mkdirat", "unlink",    "unlinkat", "rmdir",    "fsync",
                                    "fdatasync", "syncfs",  "ftruncate", "fallocate"};

/// Runs `command` again and again, killed at another call each time, until each kind of call was met as often as the
/// command makes it, or nearly. @param judge  called after each run, with whether it came to its end
template <class Prepare, class Judge>
std::size_t kill_everywhere(const std::string& command, const Prepare& prepare, const Judge& judge) {
    std::size_t killed = 0;
    for (const char* call : changing_calls) {
        std::size_t step = 1;
        for (std::size_t n = 1;; n += step) {
            CAPTURE(call, n);
            REQUIRE(n < 2'000);
            prepare();
            const std::string traced = std::string("strace -f -qq -o /dev/null -e trace=") + call +
                                       " -e inject=" + call + ":signal=KILL:when=" + std::to_string(n) + " " + command;
            const auto run = support::run(traced);
            CAPTURE(run.output);
            const bool ended = run.exit_code == 0;
            CHECK((ended || run.exit_code == -1 || run.exit_code == 128 + SIGKILL));
            judge(ended);
            if (ended) break;
            ++killed;
            if (!every_system_call()) step = 1 + n / 2;
        }
    }
    return killed;
}

/// A ledger and its configuration, for the program.
struct ProgramLedger : GrowingLedger {
    explicit ProgramLedger(std::uint64_t size) {
        grow_to(size);
        configure("ledger");
    }
    void configure(const std::string& name) const {
        folder.write(name + ".toml", "[ledger]\nfolder = \"" + at(name).string() + "\"\n");
    }
    [[nodiscard]] std::string program(const std::string& name) const {
        return quoted(ACTLEDGER_BIN_DIR "/actledger") + " --json --config " + quoted(at(name + ".toml").string());
    }
};

verify::LedgerReport audit(const support::Vendor& vendor, const std::filesystem::path& folder) {
    return verify::verify_ledger(
               {.folder = folder, .root = vendor.root(), .witnesses = {}, .threads = 2, .progress = {}})
        .value();
}

/// A small disk of its own; needs root.
class SmallDisk {
 public:
    explicit SmallDisk(const char* options) {
        mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options) == 0;
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] std::filesystem::path path() const { return folder_.path(); }

 private:
    support::TemporaryFolder folder_;
    bool mounted_ = false;
};

}  // namespace

TEST_CASE("export: killed at any system call, it leaves what was published whole, and the next run ends it",
          "[crash]") {
    ProgramLedger ledger(300);
    const auto log = ledger.open();
    REQUIRE(export_to(ledger.at("before"), *log));
    const std::uint64_t published = ledger.maker.size();
    ledger.erase(7);
    ledger.grow_to(700);
    REQUIRE(export_to(ledger.at("after"), *log));
    const std::string head = files_of(ledger.at("after")).at("checkpoint");
    const std::string command = ledger.program("ledger") + " export " + quoted(ledger.at("out").string());
    const bool from_nothing = GENERATE(false, true);
    CAPTURE(from_nothing);
    const auto prepare = [&] {
        std::filesystem::remove_all(ledger.at("out"));
        if (!from_nothing) {
            std::filesystem::copy(ledger.at("before"), ledger.at("out"), std::filesystem::copy_options::recursive);
        }
    };
    const auto judge = [&](bool) {
        const auto opened = ledger::ExportFolder::open(ledger.at("out"));
        if (opened) {
            CHECK(opened->newest_head().size.value >= published);
            const auto report = audit(ledger.vendor, ledger.at("out"));
            // A value that was erased meanwhile may still be there, and is gone after the next run.
            for (const auto& [kind, count] : report.findings.per_kind()) CHECK(kind == verify::FindingKind::annex);
        } else {
            CHECK(from_nothing);
        }
        const auto again = support::run(command);
        CAPTURE(again.output);
        CHECK(again.exit_code == 0);
        CHECK(files_of(ledger.at("out")).at("checkpoint") == head);
        CHECK(!files_of(ledger.at("out")).contains(".writing"));
        CHECK(audit(ledger.vendor, ledger.at("out")).findings.empty());
    };
    CHECK(kill_everywhere(command, prepare, judge) >= 12);
}

TEST_CASE("restore: killed at any system call, there is the whole ledger, or what was there before", "[crash]") {
    ProgramLedger ledger(700);
    REQUIRE(export_to(ledger.at("export"), *ledger.open()));
    GrowingLedger other;
    other.maker.close();
    ledger.configure("restored");
    const bool replacing = GENERATE(false, true);
    CAPTURE(replacing);
    const std::string command = ledger.program("restored") + " restore " + quoted(ledger.at("export").string()) +
                                (replacing ? " --replace" : "");
    const auto newest = ledger.maker.size();
    const auto prepare = [&] {
        std::filesystem::remove_all(ledger.at("restored"));
        if (replacing) {
            std::filesystem::create_directories(ledger.at("restored/log"));
            std::filesystem::copy_file(other.at("ledger/log/data.mdb"), ledger.at("restored/log/data.mdb"));
        }
    };
    const auto judge = [&](bool ended) {
        const auto is_whole = [&](const std::filesystem::path& log, const ledger::Origin& origin) {
            const auto opened = ledger::open_log_reader(log);
            return opened && (*opened)->last_head().value().note.starts_with(origin.text());
        };
        const bool there = std::filesystem::exists(ledger.at("restored/log"));
        const bool restored = there && is_whole(ledger.at("restored"), ledger.maker.origin());
        if (there && !restored) CHECK(is_whole(ledger.at("restored"), other.maker.origin()));
        if (replacing) {
            CHECK(there);
            // The old log is in its place, or beside it.
            bool kept = !restored;
            std::filesystem::create_directories(ledger.at("look"));
            for (int i = 1; i < 3 && !kept; ++i) {
                const auto aside = ledger.at("restored/log.before-restore-" + std::to_string(i));
                std::filesystem::remove_all(ledger.at("look/log"));
                if (!std::filesystem::exists(aside)) continue;
                std::filesystem::copy(aside, ledger.at("look/log"), std::filesystem::copy_options::recursive);
                kept = is_whole(ledger.at("look"), other.maker.origin());
            }
            CHECK(kept);
        }
        if (restored) {
            const auto report = audit(ledger.vendor, ledger.at("restored"));
            CHECK(report.findings.empty());
            CHECK(report.size == newest);
        } else {
            const auto again = support::run(command);
            CAPTURE(again.output);
            CHECK(again.exit_code == 0);
            CHECK(audit(ledger.vendor, ledger.at("restored")).size == newest);
            CHECK(!std::filesystem::exists(ledger.at("restored/log.unfinished")));
        }
        if (ended) CHECK(restored);
    };
    CHECK(kill_everywhere(command, prepare, judge) >= 12);
}

TEST_CASE("export: a full disk is told, what was published is whole, and with room it goes on", "[crash]") {
    const SmallDisk disk("size=1m");
    if (!disk.mounted()) {
        WARN("skipped: mounting a small disk needs root");
        return;
    }
    ProgramLedger ledger(300);
    const auto log = ledger.open();
    ExportOptions options;
    options.publish_every = 200;
    REQUIRE(export_to(disk.path() / "export", *log, options));
    ledger.grow_to(3'000);
    const auto full = export_to(disk.path() / "export", *log, options);
    REQUIRE(!full);
    CHECK(full.error().code == errc::export_disk_full);
    CHECK(audit(ledger.vendor, disk.path() / "export").findings.empty());
    CHECK(audit(ledger.vendor, disk.path() / "export").size >= 300);
    const auto told = support::run(ledger.program("ledger") + " export " + quoted((disk.path() / "export").string()));
    CHECK(told.exit_code == 8);
    CHECK(told.output.find("export-disk-full") != std::string::npos);

    REQUIRE(::mount("tmpfs", disk.path().c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0);
    REQUIRE(export_to(disk.path() / "export", *log, options));
    CHECK(audit(ledger.vendor, disk.path() / "export").size == ledger.maker.size());
}

TEST_CASE("restore: a full disk is told, and nothing is left behind", "[crash]") {
    const SmallDisk disk("size=2m");
    if (!disk.mounted()) {
        WARN("skipped: mounting a small disk needs root");
        return;
    }
    ProgramLedger ledger(4'000);
    REQUIRE(export_to(ledger.at("export"), *ledger.open()));
    const auto restored = restore(ledger.at("export"), disk.path() / "ledger", {});
    REQUIRE(!restored);
    CHECK(restored.error().code == ledger::errc::disk_full);
    CHECK(!std::filesystem::exists(disk.path() / "ledger"));
}

}  // namespace snapshot
