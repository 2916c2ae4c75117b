#include "hsm/worker_process.hpp"

#include <fcntl.h>
#include <kj/exception.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "hsm/errc.hpp"

namespace hsm {
namespace {

using ledger::Error;
using ledger::Result;

constexpr int worker_fd = 3;
constexpr const char* worker_name = "actledger-hsm-worker";

/// What posix_spawn is told; released on every way out.
struct SpawnSettings {
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
    SpawnSettings() {
        ACTLEDGER_ASSERT(::posix_spawn_file_actions_init(&files) == 0);
        ACTLEDGER_ASSERT(::posix_spawnattr_init(&attributes) == 0);
    }
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    /// Nothing but null input, standard error for both outputs (modules print), and the socket. A session of its own,
    /// so that Ctrl-C reaches the program alone. @return 0 or an errno
    [[nodiscard]] int prepare(int socket) {
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        const std::array steps{
            ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
            ::posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO),
            ::posix_spawn_file_actions_adddup2(&files, socket, worker_fd),
            ::posix_spawn_file_actions_addclosefrom_np(&files, worker_fd + 1),
            ::posix_spawnattr_setsigmask(&attributes, &none),
            ::posix_spawnattr_setsigdefault(&attributes, &all),
            ::posix_spawnattr_setflags(&attributes,
                                       POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID),
        };
        for (const int failure : steps) {
            if (failure != 0) return failure;
        }
        return 0;
    }
};

std::vector<std::string> merged_environment(const std::vector<std::pair<std::string, std::string>>& changes) {
    std::vector<std::string> merged;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto name = text.substr(0, text.find('='));
        bool changed = false;
        for (const auto& change : changes) changed = changed || change.first == name;
        if (!changed) merged.emplace_back(text);
    }
    for (const auto& [name, value] : changes) merged.emplace_back(name).append("=").append(value);
    return merged;
}

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(
    const std::filesystem::path& program, const std::vector<std::pair<std::string, std::string>>& environment) {
    const auto not_started = [&](int failure) {
        return Error{errc::worker_not_started, std::strerror(failure), {{"program", program.string()}}};
    };
    std::array<int, 2> sockets{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) return not_started(errno);
    Channel ours(sockets[0]);
    const Channel theirs(sockets[1]);
    for (const int fd : sockets) {  // a whole message must fit; the system's default would do, but may be lowered
        const int bytes = message_bytes_max;
        if (::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) != 0) return not_started(errno);
    }

    SpawnSettings settings;
    if (const int failure = settings.prepare(sockets[1]); failure != 0) return not_started(failure);
    std::vector<std::string> merged = merged_environment(environment);
    std::vector<char*> variables;
    variables.reserve(merged.size() + 1);
    for (std::string& variable : merged) variables.push_back(variable.data());
    variables.push_back(nullptr);
    std::string name = worker_name;
    std::array<char*, 2> arguments{name.data(), nullptr};

    pid_t pid = 0;
    const int failure =
        ::posix_spawn(&pid, program.c_str(), &settings.files, &settings.attributes, arguments.data(), variables.data());
    if (failure != 0) return not_started(failure);
    return std::unique_ptr<WorkerProcess>(new WorkerProcess(pid, std::move(ours)));
}

WorkerProcess::~WorkerProcess() {
    using namespace std::chrono_literals;
    channel_.shut_down();
    if (reap(500ms)) return;  // a child that was killed already, or that had nothing in the way
    terminate();
    // A driver stuck in the kernel is not let go; the zombie that it becomes is init's, when this program ends.
    [[maybe_unused]] const bool reaped = reap(1s);
}

bool WorkerProcess::reap(std::chrono::milliseconds most) {
    const auto deadline = std::chrono::steady_clock::now() + most;
    for (auto pause = std::chrono::microseconds(100);; pause = std::min(2 * pause, std::chrono::microseconds(10'000))) {
        {
            const std::lock_guard lock(reaping_);
            const pid_t ended = ::waitpid(pid_, nullptr, WNOHANG);
            reaped_ = ended == pid_ || (ended < 0 && errno != EINTR);
            if (reaped_) return true;
        }
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(pause);
    }
}

void WorkerProcess::terminate() noexcept {
    const std::lock_guard lock(reaping_);
    if (!reaped_) ::kill(pid_, SIGKILL);
}

wire::Request::Builder WorkerProcess::request() {
    auto request = outgoing_.init<wire::Request>();
    request.setNumber(++number_);
    return request;
}

Result<wire::Response::Reader> WorkerProcess::exchange(std::chrono::milliseconds deadline) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    const bool sent = channel_.send(outgoing_);
    outgoing_.clear();
    const auto end_with = [this](errc code, std::string detail, std::vector<ledger::Fact> facts = {}) {
        terminate();
        return Error{code, std::move(detail), std::move(facts)};
    };
    if (!sent) return end_with(errc::worker_died, "the request could not be sent");
    switch (channel_.receive(incoming_, until)) {
        case Received::timeout:
            return end_with(errc::not_responding, {}, {{"deadline_ms", std::to_string(deadline.count())}});
        case Received::closed:
            return end_with(errc::worker_died, "no answer");
        case Received::malformed:
            return end_with(errc::worker_protocol, "not a message");
        case Received::message:
            break;
    }
    try {
        const auto response = incoming_.root<wire::Response>();
        if (response.getNumber() != number_) return end_with(errc::worker_protocol, "an answer to another request");
        return response;
    } catch (const kj::Exception& failure) {
        return end_with(errc::worker_protocol, failure.getDescription().cStr());
    }
}

std::filesystem::path default_worker_program() {
    std::error_code failure;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
    auto beside = self.parent_path() / worker_name;
    if (!failure && std::filesystem::exists(beside, failure)) return beside;
    return self.parent_path().parent_path() / "libexec/actledger" / worker_name;
}

}  // namespace hsm
