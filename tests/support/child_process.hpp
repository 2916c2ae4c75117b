#pragma once
// tests/support/child_process.hpp: a helper program that a test runs: in a process group of its own, and ended with the
// test.

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace support {

using Environment = std::vector<std::pair<std::string, std::string>>;

class ChildProcess {
 public:
    /// @param environment  set over what is inherited. Output goes to /dev/null.
    ChildProcess(const std::vector<std::string>& command, const Environment& environment);
    ~ChildProcess();  ///< Kills the group, if it still runs.
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// To all processes of the group: SIGSTOP, SIGCONT.
    void signal(int number) const;
    /// SIGKILL to the group, and waits for the first process.
    void kill();
    /// @return the exit status; -1 if it was killed
    int wait();
    [[nodiscard]] bool running();

 private:
    pid_t pid_ = 0;
};

/// Runs a command to its end. @throw std::runtime_error unless it exits with 0
void run(const std::vector<std::string>& command, const Environment& environment);

}  // namespace support
