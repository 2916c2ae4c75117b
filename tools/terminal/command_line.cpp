#include "tools/terminal/command_line.hpp"

#include <CLI/CLI.hpp>

#include "tools/terminal/errc.hpp"
#include "tools/terminal/terminal.hpp"

namespace terminal {
namespace {

/// "actledger license import"
std::string reached_command(const CLI::App& app, std::string_view program) {
    std::string command(program);
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().back();
        command.append(" ").append(at->get_name());
    }
    return command;
}

std::string language_tag(const CLI::App& app) {
    const CLI::Option* const option = app.get_option_no_throw("--lang");
    return option != nullptr && option->count() != 0 ? option->results().back() : std::string();
}

}  // namespace

ledger::Error usage_error(const CLI::App& app, std::string_view program, const CLI::ParseError& problem) {
    const ledger::Fact help{"help", reached_command(app, program) + " --help"};
    const ledger::Fact reason{"reason", problem.what()};
    const bool missing = dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr;
    if (missing || dynamic_cast<const CLI::ExtrasError*>(&problem) != nullptr) {
        // A mistyped subcommand is not known, and CLI11 says first that one is missing.
        std::string arguments;
        for (const std::string& argument : app.remaining(true)) {
            arguments.append(arguments.empty() ? "" : " ").append(argument);
        }
        if (!arguments.empty()) return {errc::argument_unknown, {}, {{"arguments", arguments}, help}};
    }
    if (missing) return {errc::argument_missing, {}, {reason, help}};
    const bool refused = dynamic_cast<const CLI::ConversionError*>(&problem) != nullptr ||
                         dynamic_cast<const CLI::ValidationError*>(&problem) != nullptr;
    return {refused ? errc::argument_invalid : errc::command_line_wrong, {}, {reason, help}};
}

std::optional<int> parse_command_line(CLI::App& app, std::string_view program, int argc, const char* const* argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked_for) {
        return app.exit(asked_for);
    } catch (const CLI::ParseError& problem) {
        return report(program, usage_error(app, program, problem), choose_language(language_tag(app)));
    }
    return std::nullopt;
}

}  // namespace terminal
