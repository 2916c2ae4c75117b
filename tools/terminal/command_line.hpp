#pragma once
// tools/terminal/command_line.hpp: how all programs read their command lines, and what they say of a wrong one.

#include <optional>
#include <string_view>

#include "ledger/core/result.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
class ParseError;
}  // namespace CLI

namespace terminal {

/// Parses, which runs the callbacks of subcommands. Help and version go to standard output; a wrong line is reported
/// on standard error, in the language of --lang where it stood before the mistake, else the locale's.
/// @return nothing if the program goes on, else what it ends with: 0 after help or version, Exit::usage.
[[nodiscard]] std::optional<int> parse_command_line(CLI::App& app, std::string_view program, int argc,
                                                    const char* const* argv);

/// @return errc::argument_unknown, argument_missing, argument_invalid, command_line_wrong. The remedy names the help
/// of the subcommand that was reached.
[[nodiscard]] ledger::Error usage_error(const CLI::App& app, std::string_view program, const CLI::ParseError& problem);

}  // namespace terminal
