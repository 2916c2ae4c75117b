// The power fails while an export, a restore, a snapshot or a replay is under way: what was not synced is gone, or has
// its name and no contents. What was there before is there, and the same command again gives the same bytes.

#include "ledger/store_read/export_folder.hpp"
#include "tests/snapshot/program_ledger.hpp"
#include "tests/support/killed_program.hpp"
#include "tests/support/own_disk.hpp"

namespace snapshot {
namespace {

using support::PowerCutDisk;
using support::quoted;

/// Before these the order on the disk is decided. Every tenth of a call's runs, or nearly, unless all are wanted.
constexpr std::array calls{"renameat", "rename",    "renameat2", "fsync",    "fdatasync",
                           "syncfs",   "ftruncate", "pwrite64",  "unlinkat", "unlink"};
std::size_t twice(std::size_t n) { return 1 + n; }

/// Files that one folder has are the same in the other, which may have more.
void check_holds(const Files& all, const Files& some) {
    for (const auto& [path, bytes] : some) {
        CAPTURE(path);
        const auto found = all.find(path);
        REQUIRE(found != all.end());
        CHECK(found->second == bytes);
    }
}

/// What the machine finds that starts again: the read models' mark is of another start.
void boot_anew(const std::filesystem::path& ledger) {
    for (const char* models : {"read", "read.new", "read.old"}) {
        if (std::filesystem::exists(ledger / models / "in-use")) write_file(ledger / models / "in-use", "before\n");
    }
}

struct PoweredLedger : ProgramLedger {
    explicit PoweredLedger(std::uint64_t size) : ProgramLedger(size) {}
    [[nodiscard]] bool mounted() const {
        if (!disk.mounted()) WARN("skipped: mounting a disk needs root");
        return disk.mounted();
    }
    /// Runs `command` again and again, cut at another call each time. @return how often
    template <class Prepare, class Judge>
    std::size_t cut_everywhere(const std::string& command, const Prepare& prepare, const Judge& judge) {
        const auto survives = GENERATE(PowerCutDisk::Survives::nothing, PowerCutDisk::Survives::names);
        CAPTURE(survives == PowerCutDisk::Survives::names);
        const auto prepare_synced = [&] {
            disk.clear();
            prepare();
            disk.sync();
        };
        const auto cut_and_judge = [&](bool ended) {
            disk.cut_power(survives);
            boot_anew(disk.path() / "ledger");
            judge(ended);
        };
        return support::kill_everywhere(command, calls, twice, prepare_synced, cut_and_judge);
    }
    support::PowerCutDisk disk;
};

}  // namespace

TEST_CASE("power cut: an export under way leaves what was published whole, and goes on to the same files", "[crash]") {
    PoweredLedger ledger(300);
    if (!ledger.mounted()) return;
    REQUIRE(export_to(ledger.at("before"), *ledger.open()));
    const std::uint64_t published = ledger.maker.size();
    ledger.erase(7);
    ledger.grow_to(900);
    REQUIRE(export_to(ledger.at("after"), *ledger.open()));
    const Files expected = files_of(ledger.at("after"));
    const auto out = ledger.disk.path() / "out";
    const std::string command = ledger.program("ledger") + " export " + quoted(out.string());
    const bool from_nothing = GENERATE(false, true);
    CAPTURE(from_nothing);
    const auto prepare = [&] {
        if (!from_nothing) {
            std::filesystem::copy(ledger.at("before"), out, std::filesystem::copy_options::recursive);
        }
    };
    const auto judge = [&](bool ended) {
        if (const auto opened = ledger::ExportFolder::open(out)) {
            CHECK(opened->newest_head().size.value >= (ended ? ledger.maker.size() : published));
            // A value that was erased meanwhile may still be there, and is gone after the next run.
            const auto report = audit(ledger.vendor, out);
            for (const auto& [kind, count] : report.findings.per_kind()) CHECK(kind == verify::FindingKind::annex);
        } else {
            CAPTURE(opened.error().describe());
            CHECK((from_nothing && !ended));
        }
        const auto again = support::run(command);
        CAPTURE(again.output);
        CHECK(again.exit_code == 0);
        check_holds(files_of(out), expected);
        CHECK(audit(ledger.vendor, out).findings.empty());
    };
    CHECK(ledger.cut_everywhere(command, prepare, judge) >= 8);
}

TEST_CASE(
    "power cut: a restore under way leaves the whole ledger or what was there before, and a second one is the same",
    "[crash]") {
    PoweredLedger ledger(900);
    if (!ledger.mounted()) return;
    REQUIRE(export_to(ledger.at("export"), *ledger.open()));
    const auto original = audit(ledger.vendor, ledger.at("ledger"));
    GrowingLedger other;
    other.maker.close();
    const auto place = ledger.disk.path() / "ledger";
    ledger.configure("restored", place);
    const bool replacing = GENERATE(false, true);
    CAPTURE(replacing);
    const std::string command = ledger.program("restored") + " restore " + quoted(ledger.at("export").string()) +
                                (replacing ? " --replace" : "");
    const auto prepare = [&] {
        if (!replacing) return;
        std::filesystem::create_directories(place / "log");
        std::filesystem::copy_file(other.at("ledger/log/data.mdb"), place / "log/data.mdb");
    };
    const auto is_of = [](const std::filesystem::path& folder, const ledger::Origin& origin) {
        const auto opened = ledger::open_log_reader(folder);
        return opened && (*opened)->last_head().value().note.starts_with(origin.text());
    };
    const auto check_restored = [&] {
        const auto report = audit(ledger.vendor, place);
        CHECK(report.findings.empty());
        CHECK(report.size == original.size);
        CHECK(report.root_hash == original.root_hash);
        CHECK(report.heads == original.heads);
    };
    const auto judge = [&](bool ended) {
        const bool there = std::filesystem::exists(place / "log");
        const bool restored = there && is_of(place, ledger.maker.origin());
        if (there && !restored) CHECK(is_of(place, other.maker.origin()));
        if (replacing) CHECK(there);
        if (ended) CHECK(restored);
        if (!restored) {
            const auto again = support::run(command);
            CAPTURE(again.output);
            CHECK(again.exit_code == 0);
        }
        check_restored();
    };
    CHECK(ledger.cut_everywhere(command, prepare, judge) >= 4);
}

TEST_CASE("power cut: a snapshot or a replay under way costs no good snapshot, and replay gives the same digests",
          "[crash][L6]") {
    PoweredLedger ledger(600);
    if (!ledger.mounted()) return;
    ledger.maker.close();
    const std::string of = GENERATE("snapshot", "replay");
    CAPTURE(of);
    const auto place = ledger.disk.path() / "ledger";
    ledger.configure("cut", place);
    const auto log = ledger.at("ledger/log/data.mdb");
    const std::string program = ledger.program("cut");
    std::string digests;
    const auto prepare = [&] {
        std::filesystem::create_directories(place / "log");
        std::filesystem::copy_file(log, place / "log/data.mdb");
        const auto made = support::run(program + " replay");
        CAPTURE(made.output);
        REQUIRE(made.exit_code == 0);
        if (of == "snapshot") {
            // One more is to be made, of the whole; the one that is there is of another's hand and good.
            for (const auto& entry : std::filesystem::directory_iterator(place / "snapshots")) {
                std::filesystem::remove(entry.path());
            }
        }
    };
    const auto said = [&](const std::string& output, const std::string& member) {
        const auto at = output.find("\"" + member + "\":\"");
        return at == std::string::npos ? std::string("none") : output.substr(at + member.size() + 4, 64);
    };
    const auto judge = [&](bool ended) {
        const auto found = support::run(program + " replay --check");
        CAPTURE(found.output);
        CHECK(found.output.find("\"bad\"") == std::string::npos);
        CHECK(found.output.find("differs") == std::string::npos);
        if (ended || of == "replay") CHECK(found.output.find("\"same\"") != std::string::npos);
        const auto again = support::run(program + " replay");
        CAPTURE(again.output);
        CHECK(again.exit_code == 0);
        if (digests.empty()) digests = said(again.output, "digest");
        CHECK(said(again.output, "digest") == digests);
        CHECK(!std::filesystem::exists(place / "read.new"));
        CHECK(!std::filesystem::exists(place / "read.old"));
        CHECK(audit(ledger.vendor, place).findings.empty());
    };
    CHECK(ledger.cut_everywhere(program + " " + of, prepare, judge) >= 3);
}

}  // namespace snapshot
