#pragma once
// tests/support/killed_program.hpp: runs a real program again and again, killed at another of its system calls each
// time (strace).

#include <csignal>
#include <cstdlib>
#include <span>

#include "tests/support/command.hpp"

namespace support {

/// With this in the environment no call is left out; a check before a release.
inline bool every_system_call() { return std::getenv("ACTLEDGER_EVERY_SYSTEM_CALL") != nullptr; }

/// Calls that change something on the disk. strace counts each of them by itself.
inline constexpr std::array changing_calls{"write",     "writev",  "pwrite64",  "rename",   "renameat", "renameat2",
                                           "mkdir",     "mkdirat", "unlink",    "unlinkat", "rmdir",    "fsync",
                                           "fdatasync", "syncfs",  "ftruncate", "fallocate"};

/// Runs `command`, killed as it makes `call` for the n-th time. @return whether it came to its end before
inline bool run_killed_at(const std::string& command, const std::string& call, std::size_t n) {
    const auto run = support::run("strace -f -qq -o /dev/null -e trace=" + call + " -e inject=" + call +
                                  ":signal=KILL:when=" + std::to_string(n) + " " + command);
    CAPTURE(run.output);
    const bool ended = run.exit_code == 0;
    CHECK((ended || run.exit_code == -1 || run.exit_code == 128 + SIGKILL));
    return ended;
}

/// Until each kind of call was met as often as the command makes it, or nearly.
/// @param next   how many calls to go on after the n-th, unless every one is wanted.
/// @param judge  called after each run, with whether it came to its end
/// @return how often it was killed
template <class Next, class Prepare, class Judge>
std::size_t kill_everywhere(const std::string& command, std::span<const char* const> calls, const Next& next,
                            const Prepare& prepare, const Judge& judge) {
    std::size_t killed = 0;
    for (const char* call : calls) {
        for (std::size_t n = 1;; n += every_system_call() ? 1 : next(n)) {
            CAPTURE(call, n);
            REQUIRE(n < 2'000);
            prepare();
            const bool ended = run_killed_at(command, call, n);
            judge(ended);
            if (ended) break;
            ++killed;
        }
    }
    return killed;
}

}  // namespace support
