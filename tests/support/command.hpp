#pragma once
// tests/support/command.hpp: runs a real program to its end and keeps what it said.

#include <sys/wait.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <string>

namespace support {

struct CommandResult {
    int exit_code = -1;  ///< -1 when a signal ended it.
    std::string output;  ///< Standard output, and standard error unless the command redirects it.
};

/// A word for the shell, whatever is in it.
inline std::string quoted(const std::string& word) {
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

/// `command` is for the shell.
inline CommandResult run(const std::string& command) {
    CommandResult result;
    std::FILE* pipe = ::popen(("exec 2>&1 </dev/null; " + command).c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> chunk{};
    for (std::size_t count = 0; (count = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) {
        result.output.append(chunk.data(), count);
    }
    const int status = ::pclose(pipe);
    if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
    return result;
}

}  // namespace support
