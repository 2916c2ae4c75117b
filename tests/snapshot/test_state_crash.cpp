// Processes that are killed while they write a snapshot, a disk that fails and a disk that is full: what was there
// before stays, and the next one is made.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "snapshot/state_errc.hpp"
#include "tests/snapshot/grown_ledger.hpp"
#include "tests/support/killed_program.hpp"
#include "tests/support/own_disk.hpp"

using support::GrownLedger;
namespace fs = std::filesystem;

namespace {

bool exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

struct CommandedLedger : GrownLedger {
    CommandedLedger() { folder.write("actledgerd.toml", "[ledger]\nfolder = \".\"\n"); }
    /// Runs `actledger snapshot` behind `command` (strace, env). @return how it ended
    [[nodiscard]] int snapshot_command(std::vector<std::string> command) const {
        command.insert(command.end(),
                       {ACTLEDGER_BIN_DIR "/actledger", "--config", folder / "actledgerd.toml", "snapshot"});
        std::vector<char*> arguments;
        arguments.reserve(command.size() + 1);
        for (std::string& argument : command) arguments.push_back(argument.data());
        arguments.push_back(nullptr);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(STDOUT_FILENO);
            ::close(STDERR_FILENO);
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return status;
    }
    /// Whatever has happened: there is a good one of at least `size`, and none that is bad.
    void check(std::uint64_t size) const {
        const auto choice = choose();
        CHECK(choice.found.rejected.empty());
        REQUIRE(choice.found.used);
        CHECK(choice.found.used->head.size.value >= size);
        CHECK(choice.found.used->state == folded(choice.found.used->head.size.value)->digest());
    }
};

std::vector<std::string> unfinished(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& file : fs::directory_iterator(folder)) {
        if (file.path().extension() == ".new") names.push_back(file.path().filename().string());
    }
    return names;
}

}  // namespace

TEST_CASE("state crash: a process killed at any system call that writes leaves the good snapshots good", "[crash]") {
    const std::string calls = "openat,mkdir,flock,pwrite64,fdatasync,fsync,rename,unlink";
    CommandedLedger ledger;
    ledger.make();
    ledger.grow(1);
    ledger.make();
    std::size_t killed = 0;
    std::uint64_t good = ledger.maker.size();
    // The calls before the folder is touched open libraries and the log: one in seven of them is enough.
    for (std::size_t n = 1; n < 1'000; n += n < 30 ? 7 : 1) {
        CAPTURE(n);
        ledger.grow(1);
        const int status =
            ledger.snapshot_command({"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e",
                                     "inject=" + calls + ":signal=KILL:when=" + std::to_string(n)});
        ledger.check(good);
        if (exited_with(status, 0)) break;
        ++killed;
        if (killed % 4 == 0) {
            REQUIRE(exited_with(ledger.snapshot_command({}), 0));
            good = ledger.maker.size();
            ledger.check(good);
            CHECK(unfinished(ledger.snapshots().path()).empty());
            CHECK(ledger.snapshots().list().value().size() == 2);
        }
    }
    CHECK(killed >= 10);
    ledger.check(ledger.maker.size());
}

TEST_CASE("state crash: a call that fails is told, and leaves the good snapshots good", "[crash]") {
    const std::string call = GENERATE("pwrite64", "fdatasync", "rename", "fsync");
    CAPTURE(call);
    CommandedLedger ledger;
    const auto good = ledger.make();
    ledger.grow(1);
    const int status = ledger.snapshot_command({"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                                                "inject=" + call + ":error=EIO:when=1"});
    CHECK(exited_with(status, 8));
    CHECK(unfinished(ledger.snapshots().path()).empty());
    ledger.check(good.facts.head.size.value);
    REQUIRE(exited_with(ledger.snapshot_command({}), 0));
    ledger.check(ledger.maker.size());
}

TEST_CASE("state crash: a full disk is told, leaves no half file, and costs no good snapshot", "[crash]") {
    CommandedLedger ledger;
    const support::SmallDisk disk("size=256k,mode=0700", ledger.snapshots().path());
    if (!disk.mounted()) {
        WARN("skipped: mounting a small disk needs root");
        return;
    }
    const auto good = ledger.make();
    for (const std::uintmax_t left : {0U, 8'192U, 32'768U}) {
        CAPTURE(left);
        disk.fill(left);
        ledger.grow(1);
        const auto failed = snapshot::make_snapshot(ledger.snapshots(), *ledger.log());
        REQUIRE_FALSE(failed);
        CHECK(failed.error().stable_code() == "snapshot-not-written");
        CHECK(unfinished(ledger.snapshots().path()).empty());
        CHECK(exited_with(ledger.snapshot_command({}), 8));
        ledger.check(good.facts.head.size.value);
        disk.clear();
    }
    CHECK(ledger.make().is_new);
    ledger.check(ledger.maker.size());
}

TEST_CASE(
    "replay: killed at any system call it leaves good snapshots and read models, or none, and the next one ends it",
    "[crash][L6]") {
    CommandedLedger ledger;
    ledger.maker.close();
    const auto program = support::quoted(ACTLEDGER_BIN_DIR "/actledger") + " --json --config " +
                         support::quoted(ledger.folder / "actledgerd.toml");
    const bool from_nothing = GENERATE(false, true);
    CAPTURE(from_nothing);
    const fs::path models = ledger.folder.path() / "read";
    const auto prepare = [&] {
        fs::remove_all(models);
        fs::remove_all(ledger.snapshots().path());
        if (!from_nothing) REQUIRE(support::run(program + " replay").exit_code == 0);
    };
    const auto judge = [&](bool ended) {
        const auto found = support::run(program + " replay --check");
        CAPTURE(found.output);
        CHECK(found.exit_code == 0);
        if (ended) CHECK(found.output.find("\"old\":\"same\"") != std::string::npos);
        const auto again = support::run(program + " replay");
        CAPTURE(again.output);
        CHECK(again.exit_code == 0);
        CHECK(fs::exists(models / "data.mdb"));
        for (const char* left : {"read.new", "read.old"}) CHECK(!fs::exists(ledger.folder.path() / left));
        CHECK(unfinished(ledger.snapshots().path()).empty());
        ledger.check(ledger.maker.size());
    };
    const auto next = [](std::size_t n) { return 1 + n; };
    CHECK(support::kill_everywhere(program + " replay", support::changing_calls, next, prepare, judge) >= 10);
}

TEST_CASE("replay: a full disk is told, however full it is, and what was there before is untouched", "[crash]") {
    CommandedLedger ledger;
    ledger.maker.close();
    const support::SmallDisk disk("size=128m");
    if (!disk.mounted()) {
        WARN("skipped: mounting a small disk needs root");
        return;
    }
    fs::create_directories(disk.path() / "ledger/log");
    fs::copy_file(ledger.folder.path() / "log/data.mdb", disk.path() / "ledger/log/data.mdb");
    const fs::path models = disk.path() / "ledger/read";
    ledger.folder.write("full.toml", "[ledger]\nfolder = \"" + (disk.path() / "ledger").string() + "\"\n");
    const auto program = support::quoted(ACTLEDGER_BIN_DIR "/actledger") + " --config " +
                         support::quoted(ledger.folder / "full.toml") + " replay --only ";
    const bool had_some = GENERATE(true, false);
    CAPTURE(had_some);
    if (had_some) {
        REQUIRE(support::run(program + "read-models").exit_code == 0);
        REQUIRE(support::run(program + "state").exit_code == 0);
    }
    const auto data = [&] { return fs::exists(models) ? GrownLedger::read(models / "data.mdb") : std::string("none"); };
    const std::string before = data();
    // From no room for a file's first page, over LMDB's table of readers, to a part of the tables.
    for (const std::uintmax_t left : {0U, 4'096U, 8'192U, 12'288U, 32'768U}) {
        CAPTURE(left);
        disk.fill(left);
        const auto told = support::run(program + "read-models");
        CAPTURE(told.output);
        CHECK(told.exit_code == 8);
        CHECK(told.output.find("No space left on device. (read-models-unusable)") != std::string::npos);
        if (!had_some) {
            const auto state = support::run(program + "state");
            CAPTURE(state.output);
            CHECK(state.exit_code == 8);
            CHECK(state.output.find("(snapshot-not-written)") != std::string::npos);
            CHECK(unfinished(disk.path() / "ledger/snapshots").empty());
        }
        disk.clear();
        CHECK(data() == before);
        CHECK(!fs::exists(disk.path() / "ledger/read.new"));
    }
    CHECK(support::run(program + "read-models").exit_code == 0);
    CHECK(support::run(program + "state").exit_code == 0);
}
