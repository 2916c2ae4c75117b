#include "ledger/core/errc.hpp"
#include "ledger/store_read/export_folder.hpp"
#include "snapshot/mirror.hpp"
#include "snapshot/restore.hpp"
#include "tests/snapshot/program_ledger.hpp"
#include "tests/support/killed_program.hpp"
#include "tests/support/log_tampering.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/own_disk.hpp"

// The real program, killed at its system calls, and a disk that is full: what was there stays whole, and the next run
// goes on (invariant L10).

namespace snapshot {
namespace {

using support::quoted;

using support::SmallDisk;

std::size_t half_as_much_again(std::size_t n) { return 1 + n / 2; }

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
    CHECK(support::kill_everywhere(command, support::changing_calls, half_as_much_again, prepare, judge) >= 12);
}

TEST_CASE("restore: killed at any system call, there is the whole ledger, or what was there before", "[crash]") {
    ProgramLedger ledger(700);
    REQUIRE(export_to(ledger.at("export"), *ledger.open()));
    GrowingLedger other;
    other.maker.close();
    ledger.configure("restored", ledger.at("restored"));
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
    CHECK(support::kill_everywhere(command, support::changing_calls, half_as_much_again, prepare, judge) >= 12);
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

    disk.grow("size=64m");
    REQUIRE(export_to(disk.path() / "export", *log, options));
    CHECK(audit(ledger.vendor, disk.path() / "export").size == ledger.maker.size());
}

TEST_CASE("table: a sync that fails, also that of its folder behind the rename, leaves nothing of it", "[crash]") {
    ProgramLedger ledger(60);
    ledger.maker.close();
    const auto folder = ledger.at("out");
    std::filesystem::create_directory(folder);
    const std::string table = (folder / "seats.csv").string();
    const std::string command = ledger.program("ledger") + " export --format csv " + quoted(table);
    const std::string watched = " -P " + quoted(table + ".writing") + " -P " + quoted(folder.string());
    std::size_t failed = 0;
    for (const std::string call : {"fsync", "openat"}) {
        bool ended = false;
        for (std::size_t n = 1; !ended; ++n) {
            CAPTURE(call, n);
            REQUIRE(n < 10);
            std::string traced = "strace -qq -o /dev/null";
            traced.append(watched).append(" -e trace=").append(call).append(" -e inject=").append(call);
            traced.append(":error=EIO:when=").append(std::to_string(n)).append(" ").append(command);
            const auto run = support::run(traced);
            CAPTURE(run.output);
            ended = run.exit_code == 0;
            CHECK(files_of(folder).size() == (ended ? 1 : 0));
            std::filesystem::remove(table);
            if (ended) continue;
            ++failed;
            CHECK(run.exit_code == 8);
            CHECK(run.output.find("(export-table-not-written)") != std::string::npos);
        }
    }
    CHECK(failed == 4);  // the file, and its folder: each is opened and synced
}

TEST_CASE("restore: a full disk is told, however full it is, and what was there before is untouched", "[crash]") {
    const SmallDisk disk("size=128m");
    if (!disk.mounted()) {
        WARN("skipped: mounting a small disk needs root");
        return;
    }
    ProgramLedger ledger(4'000);
    REQUIRE(export_to(ledger.at("export"), *ledger.open()));
    GrowingLedger other;
    other.maker.close();
    const bool replacing = GENERATE(false, true);
    const auto place = disk.path() / "new/ledger";
    if (replacing) {
        std::filesystem::create_directories(place / "log");
        std::filesystem::copy_file(other.at("ledger/log/data.mdb"), place / "log/data.mdb");
    }
    ledger.configure("restored", place);
    const std::string command = ledger.program("restored") + " restore " + quoted(ledger.at("export").string()) +
                                (replacing ? " --replace" : "");
    const Files before = files_of(place);
    // From no room for a file's first page, over LMDB's table of readers, to a part of the events.
    for (const std::uintmax_t left : {0U, 4'096U, 8'192U, 32'768U, 65'536U, 131'072U, 1'048'576U}) {
        CAPTURE(replacing, left);
        disk.fill(left);
        const auto told = support::run(command);
        CAPTURE(told.output);
        CHECK(told.exit_code == 8);
        CHECK(told.output.find("(restore-disk-full)") != std::string::npos);
        CHECK(told.output.find(place.string()) != std::string::npos);
        disk.clear();
        CHECK(files_of(place) == before);
        CHECK(std::filesystem::exists(disk.path() / "new") == replacing);
    }
    CHECK(support::run(command).exit_code == 0);
    CHECK(audit(ledger.vendor, place).size == ledger.maker.size());
}

TEST_CASE("export: from a ledger whose own disk is full, to another disk", "[crash]") {
    const SmallDisk disk("size=128m");
    if (!disk.mounted()) {
        WARN("skipped: mounting a small disk needs root");
        return;
    }
    ProgramLedger ledger(300);
    ledger.maker.close();
    std::filesystem::create_directories(disk.path() / "ledger/log");
    std::filesystem::copy_file(ledger.at("ledger/log/data.mdb"), disk.path() / "ledger/log/data.mdb");
    ledger.configure("full", disk.path() / "ledger");
    const bool has_table = GENERATE(false, true);
    CAPTURE(has_table);
    if (has_table) {
        // As a copy that left its holes out: a page of the table has no room.
        write_file(disk.path() / "ledger/log/lock.mdb", "");
        std::filesystem::resize_file(disk.path() / "ledger/log/lock.mdb", 32'768);
    }
    disk.fill();
    const auto done = support::run(ledger.program("full") + " export " + quoted(ledger.at("export").string()));
    CAPTURE(done.output);
    CHECK(done.exit_code == 0);
    CHECK(audit(ledger.vendor, ledger.at("export")).size == 300);
}

TEST_CASE("export: a table for people on a full disk, or interrupted by a kill, leaves nothing under its name",
          "[crash]") {
    const SmallDisk disk("size=64k");
    if (!disk.mounted()) {
        WARN("skipped: mounting a small disk needs root");
        return;
    }
    ProgramLedger ledger(700);
    const std::string format = GENERATE("csv", "jsonl");
    CAPTURE(format);
    const auto command = [&](const std::filesystem::path& file) {
        return ledger.program("ledger") + " export --format " + format + " " + quoted(file.string());
    };
    const auto told = support::run(command(disk.path() / "table"));
    CAPTURE(told.output);
    CHECK(told.exit_code == 8);
    CHECK(told.output.find("(export-table-not-written)") != std::string::npos);
    CHECK(files_of(disk.path()).empty());

    REQUIRE(support::run(command(ledger.at("whole"))).exit_code == 0);
    const std::string whole = ledger.folder.read("whole");
    const auto table = ledger.at("table");
    const auto prepare = [&] { std::filesystem::remove(table); };
    const auto judge = [&](bool ended) {
        if (std::filesystem::exists(table)) {
            CHECK(ledger.folder.read("table") == whole);
        } else {
            CHECK(!ended);
            CHECK(support::run(command(table)).exit_code == 0);
            CHECK(ledger.folder.read("table") == whole);
        }
        CHECK(!std::filesystem::exists(table.string() + ".writing"));
    };
    const auto all = [](std::size_t n) { return 1 + n; };
    CHECK(support::kill_everywhere(command(table), support::changing_calls, all, prepare, judge) >= 3);
}

TEST_CASE("mirror: a full disk is told, what was published is whole, and with room it catches up by itself",
          "[crash]") {
    const SmallDisk disk("size=1m");
    if (!disk.mounted()) {
        WARN("skipped: mounting a small disk needs root");
        return;
    }
    GrowingLedger ledger;
    ledger.grow_to(300);
    const auto log = ledger.open();
    const support::ManualClock clock{support::Vendor::began};
    MirrorOptions options;
    options.folder = disk.path() / "mirror";
    options.pause = options.retry = std::chrono::milliseconds(20);
    Mirror mirror(*log, clock, options, {});
    const auto comes_to = [&](const std::function<bool(const MirrorStatus&)>& state) {
        for (int i = 0; i < 2'000 && !state(mirror.status()); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return state(mirror.status());
    };
    REQUIRE(comes_to([](const MirrorStatus& status) { return status.size.value == 300; }));
    ledger.grow_to(4'000);
    mirror.released({ledger.maker.size()});
    CHECK(comes_to(
        [](const MirrorStatus& status) { return status.problem && status.problem->code == errc::export_disk_full; }));
    CHECK(audit(ledger.vendor, options.folder).findings.empty());
    CHECK(audit(ledger.vendor, options.folder).size >= 300);
    disk.grow("size=64m");
    CHECK(comes_to([](const MirrorStatus& status) { return status.size.value == 4'000 && !status.problem; }));
    mirror.stop();
    CHECK(audit(ledger.vendor, options.folder).size == 4'000);
}

}  // namespace snapshot
