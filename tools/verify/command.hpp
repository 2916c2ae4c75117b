#pragma once
// tools/verify/command.hpp: the command line of an audit, for the program `actledger` (as a subcommand) and for
// `actledger-verify`, which is the same and nothing else. Manual: docs/manual/en/verify.md.

#include <functional>
#include <string>

#include "tools/terminal/terminal.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace verify {

/// What the program around the command knows. What it refers to outlives the parsing.
struct CommandSurroundings {
    std::string program;                         ///< As errors name it.
    std::function<ledger::Language()> language;  ///< Asked when the command runs.
    std::function<bool()> json;                  ///< A --json of the program's own; empty: it has none.
    int& exit_code;                              ///< Set by the command.
};

/// Adds options and callback to `command` itself.
void add_verify_options(CLI::App& command, CommandSurroundings surroundings);
/// Adds the subcommand `verify` to `app`.
void add_verify_command(CLI::App& app, CommandSurroundings surroundings);

}  // namespace verify
