// actledger-verify: `actledger verify` as a program of its own, for auditors. It is linked with neither server, writer
// nor HSM.

#include <CLI/CLI.hpp>

#include "tools/verify/command.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Proves a ledger or an activation file from the vendor's root certificate alone."};
    app.name("actledger-verify");
    app.set_version_flag("--version", ACTLEDGER_VERSION);
    std::string language_tag;
    app.add_option("--lang", language_tag, "zh or en");
    int exit_code = 0;
    verify::add_verify_options(
        app, {"actledger-verify", [&] { return terminal::choose_language(language_tag); }, {}, exit_code});
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int shown = app.exit(error);
        return shown == 0 ? 0 : static_cast<int>(terminal::Exit::usage);
    }
    return exit_code;
}
