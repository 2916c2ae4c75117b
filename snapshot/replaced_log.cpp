#include "snapshot/replaced_log.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include "ledger/store_read/log_reader.hpp"

namespace snapshot {
namespace {

/// In the child: the note, or nothing.
std::string newest_note(const std::filesystem::path& folder) {
    const auto log = ledger::open_log_reader(folder);
    if (!log) return {};
    const auto newest = (*log)->last_head();
    return newest ? newest->note : std::string();
}

/// A fault ends this process alone, without a word and without a core.
[[noreturn]] void read_and_end(const std::filesystem::path& folder, int out) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT}) ::signal(signal, SIG_DFL);
    ::close(STDERR_FILENO);
    const std::string note = newest_note(folder);
    const bool written = ::write(out, note.data(), note.size()) == static_cast<ssize_t>(note.size());
    ::_exit(written ? 0 : 1);
}

std::string read_all(int in, std::size_t bytes_max) {
    std::string text;
    std::array<char, 4096> some;
    while (text.size() <= bytes_max) {
        const auto n = ::read(in, some.data(), some.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        text.append(some.data(), static_cast<std::size_t>(n));
    }
    return text;
}

}  // namespace

std::optional<ledger::Checkpoint> newest_head_of_any(const std::filesystem::path& folder) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) return std::nullopt;
    const pid_t child = ::fork();
    if (child == 0) read_and_end(folder, pipe[1]);
    ::close(pipe[1]);
    const std::string note = child > 0 ? read_all(pipe[0], ledger::note_bytes_max) : std::string();
    ::close(pipe[0]);
    int status = 0;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (note.empty() || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
    const auto head = ledger::SignedCheckpoint::parse(note);
    return head ? std::optional(head->checkpoint) : std::nullopt;
}

}  // namespace snapshot
