#include "tools/bench/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <thread>
#include <utility>

#include "tools/bench/errc.hpp"

namespace bench {
namespace {

ledger::Error failed(const Command& command, std::string output) {
    constexpr std::size_t shown_max = 2'000;
    if (output.size() > shown_max) output.resize(shown_max);
    return {errc::command_failed, "", {{"command", command.front()}, {"output", std::move(output)}}};
}

/// In the child after fork: never returns. The program ends with the benchmark, also when that is killed.
[[noreturn]] void execute(const Command& command, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);  // it ended before this was asked for
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

std::string read_all(int fd) {
    std::string text;
    std::array<char, 4096> chunk{};
    for (ssize_t n = 0; (n = ::read(fd, chunk.data(), chunk.size())) > 0;)
        text.append(chunk.data(), static_cast<std::size_t>(n));
    return text;
}

}  // namespace

ledger::Result<std::string> run_command(const Command& command) {
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) return failed(command, "pipe");
    const pid_t parent = ::getpid();
    const pid_t id = ::fork();
    if (id == 0) {
        const int nothing = ::open("/dev/null", O_RDONLY);
        ::dup2(nothing, STDIN_FILENO);
        ::dup2(out[1], STDOUT_FILENO);
        ::dup2(err[1], STDERR_FILENO);
        execute(command, parent);
    }
    ::close(out[1]);
    ::close(err[1]);
    std::string errors;
    std::thread reader([&] { errors = read_all(err[0]); });
    auto output = read_all(out[0]);
    reader.join();
    ::close(out[0]);
    ::close(err[0]);
    int status = -1;
    if (id < 0 || ::waitpid(id, &status, 0) != id || status != 0) return failed(command, output + errors);
    return output;
}

ledger::Result<Child> Child::start(const Command& command, const std::filesystem::path& log, Output output) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) return failed(command, "pipe");
    const pid_t parent = ::getpid();
    const pid_t id = ::fork();
    if (id == 0) {
        const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(in[0], STDIN_FILENO);
        ::dup2(output == Output::piped ? out[1] : file, STDOUT_FILENO);
        ::dup2(file, STDERR_FILENO);
        execute(command, parent);
    }
    ::close(in[0]);
    ::close(out[1]);
    if (id < 0) return failed(command, "fork");
    return Child(id, in[1], out[0]);
}

Child::Child(Child&& other) noexcept
    : id_(std::exchange(other.id_, 0)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)) {}

Child::~Child() {
    stop();
    if (output_ >= 0) ::close(output_);
}

bool Child::running() {
    if (id_ <= 0 || ::waitpid(id_, nullptr, WNOHANG) == 0) return id_ > 0;
    id_ = 0;
    return false;
}

std::string Child::read_line() {
    std::string line;
    char c = 0;
    while (::read(output_, &c, 1) == 1 && c != '\n') line += c;
    return line;
}

void Child::stop() {
    if (input_ >= 0) ::close(std::exchange(input_, -1));
    if (!running()) return;
    ::kill(id_, SIGTERM);
    for (int i = 0; i < 300 && running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (!running()) return;
    ::kill(id_, SIGKILL);
    ::waitpid(std::exchange(id_, 0), nullptr, 0);
}

std::uint64_t private_memory_bytes(pid_t id) {
    std::ifstream status("/proc/" + std::to_string(id) + "/status");
    for (std::string word; status >> word;) {
        std::uint64_t kilobytes = 0;
        if (word == "RssAnon:" && status >> kilobytes) return kilobytes * 1024;
    }
    return 0;
}

}  // namespace bench
