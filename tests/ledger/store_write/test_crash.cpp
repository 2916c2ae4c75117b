#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "ledger/store_write/log_tail.hpp"
#include "tests/ledger/store_write/sequencer_fixture.hpp"
#include "tests/support/killed_program.hpp"
#include "tests/support/own_disk.hpp"

// Processes that are killed, a disk that fails and a disk that is full. Invariants L1, L2, L8.

namespace ledger {
namespace {

/// A new ledger whose key is in a file, for a writer in another process.
struct ForeignLedger {
    ForeignLedger() {
        make_log(folder.path() / "ledger", key);
        folder.write("key.pem", key.pem("passphrase"));
    }
    struct Run {
        int status;
        std::vector<std::uint64_t> acknowledged;
        bool fatal = false;
    };
    /// Runs the writer behind `prefix` (strace, env) to its end.
    Run write(std::vector<std::string> command, std::size_t groups) const {
        command.insert(command.end(), {STORE_WRITER, (folder.path() / "ledger").string(),
                                       (folder.path() / "key.pem").string(), std::to_string(groups)});
        std::vector<char*> arguments;
        arguments.reserve(command.size() + 1);
        for (std::string& argument : command) arguments.push_back(argument.data());
        arguments.push_back(nullptr);
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        std::string said;
        char buffer[4096];
        for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
            said.append(buffer, static_cast<std::size_t>(n));
        ::close(ends[0]);
        Run run{};
        ::waitpid(child, &run.status, 0);
        std::istringstream lines(said);
        for (std::string word; lines >> word;) {
            std::uint64_t number = 0;
            if (word == "fatal") run.fatal = true;
            if (word == "ack" && lines >> number) run.acknowledged.push_back(number);
        }
        return run;
    }
    /// Opens as a server would, and checks the whole. @return the size
    TreeSize check(const Run& run) const {
        const auto engine = open_log_engine(folder.path() / "ledger", sample_engine_options()).value();
        CHECK(check_tail(*engine, sample_origin(key), key.public_key()));
        CHECK(find_fault(*engine, key.public_key()) == "");
        const TreeSize size = engine->size().value();
        for (const std::uint64_t number : run.acknowledged) CHECK(number < size.value);
        return size;
    }
    support::TemporaryFolder folder;
    PrivateKey key = PrivateKey::generate();
};

using support::every_system_call;

bool exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

}  // namespace

TEST_CASE("crash: a process killed at any system call that writes keeps every acknowledged event (L1, L2)", "[crash]") {
    const std::string calls = "write,pwrite64,writev,pwritev,fdatasync,fsync,msync,fallocate,ftruncate";
    constexpr std::size_t groups = 8;
    std::size_t killed = 0;
    std::size_t next_step = 1;
    for (std::size_t n = 1; n < 1'000; n += next_step) {
        CAPTURE(n);
        const ForeignLedger ledger;
        const auto run = ledger.write({"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e",
                                       "inject=" + calls + ":signal=KILL:when=" + std::to_string(n)},
                                      groups);
        ledger.check(run);
        if (exited_with(run.status, 0)) {
            CHECK(run.acknowledged.size() == 20);
            break;
        }
        ++killed;
        // A second process goes on from whatever is there.
        const auto again = ledger.write({}, 2);
        CHECK(exited_with(again.status, 0));
        CHECK(again.acknowledged.size() == 3);
        ledger.check(again);
        if (!every_system_call()) next_step = 1 + n / 3;
    }
    CHECK(killed >= 5);
}

TEST_CASE("crash: after a failed sync the process stops, never syncs again, and the next start verifies (L2)",
          "[crash]") {
    const auto at = GENERATE(1, 2, 5, 8);
    CAPTURE(at);
    const ForeignLedger ledger;
    const auto log = ledger.folder.path() / "syncs";
    const auto run = ledger.write({"env", std::string("LD_PRELOAD=") + FAILING_SYNC,
                                   "FAIL_SYNC_AT=" + std::to_string(at), "FAIL_SYNC_LOG=" + log.string()},
                                  8);
    CHECK(run.fatal);
    CHECK(exited_with(run.status, 3));
    CHECK(!std::filesystem::exists(log));
    ledger.check(run);
    const auto again = ledger.write({}, 2);
    CHECK(exited_with(again.status, 0));
    ledger.check(again);
}

TEST_CASE("crash: a full disk is a read-only log that recovers by itself, and never a failed commit", "[crash]") {
    const support::SmallDisk disk("size=8m");
    if (!disk.mounted()) {
        WARN("skipped: mounting a small disk needs root");
        return;
    }
    support::SoftwareSigner signer;
    support::ManualClock clock(sample_start);
    KeepingDecider decider;
    make_log(disk.path() / "ledger", signer);
    const auto engine = open_log_engine(disk.path() / "ledger", sample_engine_options()).value();
    SequencerOptions options;
    options.group_max = 64;
    options.group_bytes_max = 64U << 10;
    std::atomic<bool> fatal = false;
    options.on_fatal = [&](const Error&) { fatal = true; };
    const auto sequencer =
        Sequencer::start({*engine, signer, clock, decider, {sample_start, false, {}, {}}, sample_origin(signer), {}},
                         options)
            .value();
    const auto write = [&](std::uint64_t seat) {
        auto task = std::make_unique<FunctionTask>([seat](const Moment&) { return Decision{{seat_draft(seat)}, {}}; });
        Outcome outcome = task->outcome();
        sequencer->submit(std::move(task));
        return outcome;
    };
    const auto write_until_full = [&] {
        std::uint64_t written = 0;
        while (true) {
            std::vector<Outcome> outcomes;
            for (std::uint64_t i = 0; i < 50; ++i) outcomes.push_back(write(i));
            for (Outcome& outcome : outcomes) {
                const auto result = outcome.get();
                if (!result) {
                    CHECK(result.error().code == errc::disk_full);
                    return written;
                }
                ++written;
            }
            REQUIRE(written < 100'000);
        }
    };
    REQUIRE(write(1).get());
    disk.fill();  // what was promised to groups under way is still there
    write_until_full();
    CHECK(engine->room().alarm);
    CHECK(find_fault(*engine, signer.public_key(), false) == "");
    disk.clear();
    CHECK(comes_true([&] { return !sequencer->stats().hindrance; }));
    CHECK(write_until_full() > 500);
    CHECK(!fatal);
    sequencer->stop();
    CHECK(find_fault(*engine, signer.public_key(), false) == "");
    CHECK(engine->size().value().value == decider.events.size() + 1);
}

}  // namespace ledger
