#pragma once
// tools/bench/child.hpp: programs of ours as child processes: the set-up's commands, and servers under measurement.

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ledger/core/result.hpp"

namespace bench {

using Command = std::vector<std::string>;

/// Runs to the end. Like a Child it is started from a thread that lasts: it ends with that thread (prctl(2),
/// PR_SET_PDEATHSIG). @return standard output; errc::command_failed unless it ends with 0 (standard error is told).
[[nodiscard]] ledger::Result<std::string> run_command(const Command& command);

/// Ended (SIGTERM, after a while SIGKILL) and waited for when it is destroyed. By its id alone. When this process is
/// killed, it gets SIGTERM from the system.
class Child {
 public:
    enum class Output { to_log, piped };
    /// @param log  for standard error, and standard output unless that is piped.
    [[nodiscard]] static ledger::Result<Child> start(const Command& command, const std::filesystem::path& log,
                                                     Output output);
    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;
    ~Child();

    [[nodiscard]] pid_t id() const { return id_; }
    [[nodiscard]] bool running();
    /// One line of its piped output; blocks. Empty at its end.
    [[nodiscard]] std::string read_line();
    /// SIGTERM, and waits up to half a minute.
    void stop();

 private:
    Child(pid_t id, int input, int output) : id_(id), input_(input), output_(output) {}
    pid_t id_;
    int input_;  // closing it tells the twin to end
    int output_;
};

/// Private memory of a process in bytes, from /proc: without the pages of the mapped log. 0 if it is gone.
[[nodiscard]] std::uint64_t private_memory_bytes(pid_t id);

}  // namespace bench
