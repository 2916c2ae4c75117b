// actledger-client: the activation client of a desktop. Wiring and command line; docs/manual/en/client.md.

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "tools/client/commands.hpp"
#include "tools/client/errc.hpp"
#include "tools/client/service.hpp"
#include "tools/terminal/command_line.hpp"
#include "tools/terminal/terminal.hpp"

namespace {

/// As typed; empty: not given.
struct Options {
    std::string state, config, root, product, enrolment_key_file, ca_file, trust, server_id, components_file,
        device_name, language;
    std::vector<std::string> servers;
    std::string system_root = "/";
    std::string file;
    bool allow_plain_http = false;
    bool json = false;
    bool yes = false;
    bool show = false;
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("--config", options.config,
                   "settings file (TOML); else /etc/actledger/client.toml, else client.toml in the state folder");
    app.add_option("--state", options.state, "state folder");
    app.add_option("--server", options.servers, "https://host:port; may be given several times, tried in order");
    app.add_option("--product", options.product, "product to activate, as the licence names it");
    app.add_option("--root", options.root, "the vendor's root certificate");
    app.add_option("--enrolment-key-file", options.enrolment_key_file, "file with the enrolment key");
    app.add_option("--trust", options.trust, "how to trust the server's TLS certificate: auto, ca, ledger")
        ->check(CLI::IsMember({"auto", "ca", "ledger"}));
    app.add_option("--ca-file", options.ca_file, "CA certificates (PEM) instead of the system's");
    app.add_option("--server-id", options.server_id, "accept only this server");
    app.add_option("--device-name", options.device_name, "name shown to administrators; - for none");
    app.add_option("--components-file", options.components_file,
                   "components from a TOML file instead of this machine (labs)");
    app.add_option("--sysroot", options.system_root, "read this machine's files below another folder (tests)");
    app.add_option("--lang", options.language, "zh or en");
    app.add_flag("--allow-plain-http", options.allow_plain_http, "accept http:// addresses (closed labs)");
}

std::filesystem::path settings_file(const Options& options, const client::StateFolder& state) {
    if (!options.config.empty()) return options.config;
    for (const auto& file : {std::filesystem::path("/etc/actledger/client.toml"), state.settings_path()}) {
        // A state folder that was named stands for itself: the machine's settings are not mixed into it.
        if (!options.state.empty() && file.parent_path() != state.folder()) continue;
        if (::access(file.c_str(), F_OK) == 0) return file;
    }
    return {};
}

ledger::Result<void> overrule(client::Settings& settings, const Options& options) {
    if (!options.servers.empty()) settings.servers.clear();
    for (const auto& text : options.servers) {
        ACTLEDGER_TRY(auto address, client::ServerAddress::parse(text));
        settings.servers.push_back(std::move(address));
    }
    const auto put = [](auto& value, const std::string& option) {
        if (!option.empty()) value = option;
    };
    put(settings.product, options.product);
    put(settings.vendor_root, options.root);
    put(settings.enrolment_key_file, options.enrolment_key_file);
    put(settings.ca_file, options.ca_file);
    put(settings.server_id, options.server_id);
    put(settings.components_file, options.components_file);
    put(settings.device_name, options.device_name);
    put(settings.language, options.language);
    if (!options.trust.empty()) settings.tls_trust = *client::parse_tls_trust(options.trust);
    if (options.allow_plain_http) settings.allow_plain_http = true;
    return {};
}

ledger::Result<client::Invocation> invocation_of(const Options& options) {
    client::StateFolder state(options.state.empty() ? client::StateFolder::default_folder()
                                                    : std::filesystem::path(options.state));
    const auto file = settings_file(options, state);
    client::Settings settings;
    if (!file.empty()) {
        ACTLEDGER_TRY(settings, client::load_settings(file));
    }
    ACTLEDGER_CHECK(overrule(settings, options));
    const auto language = terminal::choose_language(settings.language);
    return client::Invocation{std::move(settings),
                              std::move(state),
                              {options.system_root, client::ask_kernel_for_permanent_address},
                              language,
                              options.json ? client::OutputForm::json : client::OutputForm::human,
                              file};
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Activation client of Activation Ledger");
    Options options;
    add_options(app, options);
    app.set_version_flag("--version", "actledger-client " ACTLEDGER_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    auto* activate = app.add_subcommand("activate", "take this machine's seat, or get the same one back");
    auto* status = app.add_subcommand("status", "what the stored activation says (offline)");
    auto* renew = app.add_subcommand("renew", "renew the lease");
    auto* release = app.add_subcommand("release", "give the seat back");
    auto* verify = app.add_subcommand("verify", "verify an activation file against the vendor's root (offline)");
    auto* run = app.add_subcommand("run", "service: activate, and renew by itself");
    auto* components = app.add_subcommand("components", "what of this machine would be sent");
    for (auto* command : {activate, status, renew, verify}) command->add_flag("--json", options.json, "for programs");
    release->add_flag("--yes", options.yes, "do not ask");
    verify->add_option("file", options.file, "activation file; else the stored one");
    components->add_flag("--show", options.show, "show the values in full");
    if (const auto end = terminal::parse_command_line(app, "actledger-client", argc, argv)) return *end;

    const auto invocation = invocation_of(options);
    if (!invocation)
        return terminal::report("actledger-client", invocation.error(), terminal::choose_language(options.language));
    if (status->parsed()) return client::status(*invocation);
    if (verify->parsed()) return client::verify(*invocation, options.file);
    if (components->parsed()) {
        return client::show_components(*invocation, options.show ? client::Values::shown : client::Values::masked);
    }
    const client::StopSignal stop;
    if (run->parsed()) return client::run_service(*invocation, stop);
    if (renew->parsed()) return client::renew(*invocation, stop.flag());
    if (release->parsed()) {
        return client::release(*invocation, options.yes ? client::Confirmation::given : client::Confirmation::ask,
                               stop.flag());
    }
    ACTLEDGER_ASSERT(activate->parsed());
    return client::activate(*invocation, stop.flag());
}
