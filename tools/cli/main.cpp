// actledger: what operators and auditors do, one subcommand each.

#include "tools/cli/invocation.hpp"
#include "tools/terminal/command_line.hpp"
#include "tools/verify/command.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Activation Ledger: the operator's command line"};
    app.set_version_flag("--version", "actledger " ACTLEDGER_VERSION);
    app.require_subcommand(1);
    app.fallthrough();

    cli::Invocation run;
    run.command.assign(argv, argv + argc);
    app.add_option("--config", run.config_file, "The server's configuration")->capture_default_str();
    app.add_option("--lang", run.language_tag, "Language of messages: en or zh; else the locale's");
    app.add_flag("--json", run.json, "Print answers as JSON");

    cli::add_activation_commands(app, run);
    cli::add_annex_commands(app, run);
    cli::add_enrolment_commands(app, run);
    cli::add_export_command(app, run);
    cli::add_hsm_commands(app, run);
    cli::add_legacy_commands(app, run);
    cli::add_license_commands(app, run);
    cli::add_log_key_commands(app, run);
    cli::add_recover_command(app, run);
    cli::add_report_command(app, run);
    cli::add_restore_command(app, run);
    cli::add_secrets_commands(app, run);
    cli::add_setting_commands(app, run);
    cli::add_state_commands(app, run);
    cli::add_status_command(app, run);
    cli::add_time_commands(app, run);
    verify::add_verify_command(app,
                               {"actledger", [&] { return run.language(); }, [&] { return run.json; }, run.exit_code});

    if (const auto end = terminal::parse_command_line(app, "actledger", argc, argv)) return *end;
    return run.exit_code;
}
