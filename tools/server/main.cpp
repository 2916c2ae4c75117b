// actledgerd: the server. A composition root: what is made, in which order, and how it ends.

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>

#include "api/log.hpp"
#include "api/router.hpp"
#include "api/routes.hpp"
#include "api/server/server.hpp"
#include "api/server/tls_identity.hpp"
#include "api/tls_record.hpp"
#include "ledger/core/errc.hpp"
#include "tools/config/config.hpp"
#include "tools/node/node_services.hpp"
#include "tools/node/system_clock.hpp"
#include "tools/terminal/terminal.hpp"

namespace {

using ledger::Result;

constexpr std::chrono::seconds drain_patience{10};

void set_up_logs(const config::Log& log) {
    auto logger = log.file.empty() ? spdlog::stderr_color_mt("actledgerd")
                                   : spdlog::basic_logger_mt("actledgerd", log.file.string());
    logger->set_formatter(api::make_log_formatter(log.format == "json" ? api::LogFormat::json : api::LogFormat::text));
    logger->set_level(spdlog::level::from_str(log.level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

api::ServerOptions server_options(const config::Http& http) {
    api::ServerOptions options;
    options.threads = http.threads != 0 ? http.threads : std::max(1U, std::thread::hardware_concurrency());
    options.header_bytes_max = http.header_bytes_max;
    options.connections_max = http.connections_max;
    options.connections_per_address_max = http.connections_per_address_max;
    options.handshake_timeout = http.handshake_timeout;
    options.header_timeout = http.header_timeout;
    options.body_timeout = http.body_timeout;
    options.idle_timeout = http.idle_timeout;
    return options;
}

/// The certificate of the configuration, or the server's own beside the ledger.
Result<api::TlsIdentity> tls_identity(const config::Config& config) {
    if (!config.http.tls_certificate.empty()) {
        return api::load_tls_identity(config.http.tls_certificate, config.http.tls_key);
    }
    const auto folder = config.ledger.folder / "tls";
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);  // what cannot be made is reported by the next line
    return api::load_or_make_tls_identity(folder, config.http.names.empty() ? api::local_names() : config.http.names);
}

/// The fingerprint that new connections see. Any thread.
class TlsInUse {
 public:
    void set(const ledger::Digest& fingerprint) {
        const std::lock_guard lock(mutex_);
        fingerprint_ = fingerprint;
    }
    [[nodiscard]] std::optional<ledger::Digest> get() const {
        const std::lock_guard lock(mutex_);
        return fingerprint_;
    }

 private:
    mutable std::mutex mutex_;
    std::optional<ledger::Digest> fingerprint_;
};

Result<void> use_tls(const config::Config& config, api::Server& server, TlsInUse& in_use) {
    ACTLEDGER_TRY(const api::TlsIdentity identity, tls_identity(config));
    ACTLEDGER_CHECK(server.use_tls(identity));
    in_use.set(identity.fingerprint);
    return {};
}

Result<void> listen(const config::Config& config, api::Server& server) {
    for (const auto& address : config.http.listen) {
        ACTLEDGER_TRY(const std::uint16_t port, server.listen(address, api::Caller::Transport::tls));
        api::log(api::LogLevel::info, "listening", {{"address", address}, {"port", port}, {"transport", "tls"}});
    }
    for (const auto& address : config.http.listen_plain) {
        ACTLEDGER_TRY(const std::uint16_t port, server.listen(address, api::Caller::Transport::plain));
        api::log(api::LogLevel::warning, "listening", {{"address", address}, {"port", port}, {"transport", "plain"}});
    }
    return server.listen_local(config.admin_socket());
}

/// Signals that main waits for; blocked in every thread.
sigset_t handled_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
    return signals;
}

/// Waits for SIGTERM, SIGINT, or SIGUSR1 of our own (a fatal error); reloads the certificate at SIGHUP.
void wait_for_end(const sigset_t& signals, const config::Config& config, api::Server& server, TlsInUse& in_use) {
    for (;;) {
        int signal = 0;
        sigwait(&signals, &signal);
        if (signal != SIGHUP) return;
        if (const auto reloaded = use_tls(config, server, in_use); !reloaded) {
            api::log(api::LogLevel::error, "tls-not-reloaded", {{"error", reloaded.error().describe()}});
        } else {
            api::log(api::LogLevel::info, "tls-reloaded");
        }
    }
}

Result<int> serve(const config::Config& config) {
    const sigset_t signals = handled_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);

    std::atomic<bool> failed{false};
    node::NodeOptions options;
    options.on_fatal = [&failed](const ledger::Error& error) {
        api::log(api::LogLevel::error, "stopping", {{"error", error.describe()}});
        failed = true;
        ::kill(::getpid(), SIGUSR1);
    };
    ACTLEDGER_TRY(const auto node, node::Node::open(config, std::move(options)));
    node::NodeServices services(*node, config.ledger.folder);

    TlsInUse in_use;
    api::Router router(api::RatePolicy{});
    std::atomic<const api::Server*> running{nullptr};
    api::add_routes(router, {.system = {.ledger = &services.ledger(),
                                        .router = router,
                                        .server = [&running] { return running.load(); },
                                        .clock = node->clock(),
                                        .started_at = {node->clock().wall_us()}},
                             .challenges = services.challenges(),
                             .tls_in_use = [&in_use] { return in_use.get(); }});
    api::Server server(server_options(config.http), router);
    running = &server;
    ACTLEDGER_CHECK(use_tls(config, server, in_use));
    ACTLEDGER_CHECK(listen(config, server));
    server.start();
    boost::asio::co_spawn(server.io(0).executor(),
                          api::keep_tls_recorded(services.ledger(), server.io(0), [&in_use] { return in_use.get(); }),
                          boost::asio::detached);
    ::sd_notify(0, "READY=1");
    api::log(api::LogLevel::info, "started", {{"version", ACTLEDGER_VERSION}, {"origin", node->facts().origin.text()}});

    wait_for_end(signals, config, server, in_use);
    ::sd_notify(0, "STOPPING=1");
    const bool drained = server.drain(drain_patience);
    node->stop();
    api::log(api::LogLevel::info, "stopped", {{"drained", drained ? "yes" : "no"}});
    return failed ? static_cast<int>(terminal::Exit::storage) : 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Activation Ledger: the server"};
    app.set_version_flag("--version", "actledgerd " ACTLEDGER_VERSION);
    std::filesystem::path file = "/etc/actledger/actledgerd.toml";
    bool check_only = false;
    app.add_option("--config", file, "The configuration")->capture_default_str();
    app.add_flag("--check-config", check_only, "Say whether the configuration is right, and end");
    CLI11_PARSE(app, argc, argv);

    const auto language = terminal::choose_language("");
    const auto config = config::load(file);
    if (!config) return terminal::report("actledgerd", config.error(), language);
    if (check_only) {
        terminal::say(language, "The configuration is right.", "配置正确。");
        return 0;
    }
    set_up_logs(config->log);
    const auto served = serve(*config);
    if (served) return *served;
    api::log(api::LogLevel::error, "not-started", {{"error", served.error().describe()}});
    return terminal::report("actledgerd", served.error(), language);
}
