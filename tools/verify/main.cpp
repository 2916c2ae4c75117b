// actledger-verify: `actledger verify` as a program of its own, for auditors. It is linked with neither server, writer
// nor HSM.

#include <CLI/CLI.hpp>

#include "tools/terminal/command_line.hpp"
#include "tools/verify/command.hpp"

int main(int argc, char** argv) {
    CLI::App app{
        "Proves a ledger, an activation file or a statement of seats from the vendor's root certificate alone."};
    app.name("actledger-verify");
    app.set_version_flag("--version", ACTLEDGER_VERSION);
    std::string language_tag;
    app.add_option("--lang", language_tag, "zh or en");
    int exit_code = 0;
    verify::add_verify_options(
        app, {"actledger-verify", [&] { return terminal::choose_language(language_tag); }, {}, exit_code});
    if (const auto end = terminal::parse_command_line(app, "actledger-verify", argc, argv)) return *end;
    return exit_code;
}
