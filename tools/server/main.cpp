// actledgerd: the server. A composition root: what is made, in which order, and how it ends.

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>

#include "api/log.hpp"
#include "api/router.hpp"
#include "api/routes.hpp"
#include "api/server/server.hpp"
#include "api/start_record.hpp"
#include "api/tls_record.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/store_read/page_fault.hpp"
#include "projections/read/read_environment.hpp"
#include "tools/config/config.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/node_services.hpp"
#include "tools/node/service_account.hpp"
#include "tools/server/listeners.hpp"
#include "tools/server/mirrors.hpp"
#include "tools/server/supervisor.hpp"
#include "tools/server/tls_in_use.hpp"
#include "tools/server/uninitialised.hpp"
#include "tools/terminal/command_line.hpp"
#include "tools/terminal/errc.hpp"
#include "tools/terminal/terminal.hpp"

namespace {

using ledger::Result;

constexpr std::chrono::seconds drain_patience{10};

/// @return terminal::errc::file_unwritable
Result<void> set_up_logs(const config::Log& log) {
    std::shared_ptr<spdlog::logger> logger;
    try {
        logger = log.file.empty() ? spdlog::stderr_color_mt("actledgerd")
                                  : spdlog::basic_logger_mt("actledgerd", log.file.string());
    } catch (const spdlog::spdlog_ex& failure) {
        return ledger::Error{
            terminal::errc::file_unwritable, {}, {{"path", log.file.string()}, {"reason", failure.what()}}};
    }
    logger->set_formatter(api::make_log_formatter(log.format == "json" ? api::LogFormat::json : api::LogFormat::text));
    logger->set_level(spdlog::level::from_str(log.level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
    return {};
}

/// Signals that main waits for; blocked in every thread.
sigset_t handled_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
    return signals;
}

/// Waits for SIGTERM, SIGINT, or SIGUSR1 of our own (a fatal error); reloads the certificate at SIGHUP.
void wait_for_end(const sigset_t& signals, const config::Config& config, api::Server& server, server::TlsInUse& tls) {
    for (;;) {
        int signal = 0;
        sigwait(&signals, &signal);
        if (signal != SIGHUP) return;
        if (const auto reloaded = tls.load(config, server); !reloaded) {
            api::log(api::LogLevel::error, "tls-not-reloaded", {{"error", reloaded.error().describe()}});
        } else {
            api::log(api::LogLevel::info, "tls-reloaded");
        }
    }
}

/// Mirrors read the node's log: whatever ends the service, they end before the node does.
struct MirrorsInService {
    MirrorsInService(server::Mirrors& all, const config::Config& config, node::Node& node) : mirrors(all) {
        mirrors.start(config, node.log(), node.clock());
    }
    ~MirrorsInService() { mirrors.stop(); }
    MirrorsInService(const MirrorsInService&) = delete;
    MirrorsInService& operator=(const MirrorsInService&) = delete;
    server::Mirrors& mirrors;
};

Result<void> serve_ledger(const config::Config& config, node::Node& node, server::Mirrors& mirrors,
                          const sigset_t& signals) {
    const MirrorsInService in_service(mirrors, config, node);
    node::NodeServices services(node, config.ledger.folder, [&mirrors] { return mirrors.health(); });
    server::TlsInUse tls;
    api::Router router({.name = "address", .quota = config.limits.address_requests_per_minute},
                       {.name = "enrolment-key",
                        .quota = config.limits.enrolment_key_requests_per_minute,
                        .latecomers = api::Latecomers::go_free});
    std::atomic<const api::Server*> running{nullptr};
    api::add_routes(router, {.system = {.ledger = &services.ledger(),
                                        .refused = {},
                                        .router = router,
                                        .server = [&running] { return running.load(); },
                                        .clock = node.clock(),
                                        .started_at = {node.clock().wall_us()}},
                             .challenges = services.challenges(),
                             .tls_in_use = [&tls] { return tls.fingerprint(); }});
    const api::ServerOptions options = server::server_options(config);
    api::Server server(options, router);
    running = &server;
    ACTLEDGER_CHECK(tls.load(config, server));
    ACTLEDGER_CHECK(server::listen(config, server));
    server.start();
    boost::asio::co_spawn(server.io(0).executor(),
                          api::keep_tls_recorded(services.ledger(), server.io(0), [&tls] { return tls.fingerprint(); }),
                          boost::asio::detached);
    boost::asio::co_spawn(server.io(0).executor(),
                          api::keep_start_recorded(services.ledger(), server.io(0), ACTLEDGER_VERSION),
                          boost::asio::detached);
    boost::asio::co_spawn(server.io(0).executor(), server::answer_watchdog(server, options.threads),
                          boost::asio::detached);
    server::say_ready("Serving " + node.facts().origin.text());
    const auto from = node.started_from();
    api::log(api::LogLevel::info, "started",
             {{"version", ACTLEDGER_VERSION},
              {"origin", node.facts().origin.text()},
              {"snapshot", from ? std::to_string(from->head.size.value) : "none"}});

    wait_for_end(signals, config, server, tls);
    server::say_stopping();
    const bool drained = server.drain(drain_patience);
    node.stop();
    api::log(api::LogLevel::info, "stopped", {{"drained", drained ? "yes" : "no"}});
    return {};
}

/// The ledger may be made while the server runs; while `hsm init` still holds it, it is not there yet.
bool not_made_yet(const ledger::Error& error, bool waited) {
    return error.code == ledger::errc::log_not_found || (waited && error.code == ledger::errc::log_locked);
}

/// Nobody waits for it, and nothing is lost; but a disk that does it again is one to look at.
projections::ProjectorReports log_read_models() {
    return {.begun_anew =
                [](const ledger::Error& why) {
                    api::log(api::LogLevel::warning, "read-models-begun-anew", {{"error", why.describe()}});
                },
            .made_again =
                [](const ledger::Error& why, ledger::TreeSize size, std::chrono::milliseconds took) {
                    api::log(api::LogLevel::info, "read-models-made-again",
                             {{"because", std::string(why.stable_code())},
                              {"events", std::to_string(size.value)},
                              {"took_ms", std::to_string(took.count())}});
                },
            .failing =
                [](const ledger::Error& why) {
                    api::log(api::LogLevel::warning, "read-models-trouble", {{"error", why.describe()}});
                }};
}

Result<int> serve(const config::Config& config) {
    const sigset_t signals = handled_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);

    std::atomic<bool> failed{false};
    for (bool waited = false;; waited = true) {
        server::Mirrors mirrors;
        node::NodeOptions options;
        options.on_released = [&mirrors](const ledger::ReleasedHead& head, const ledger::TreeHead&) {
            mirrors.released(head.size);
        };
        options.on_fatal = [&failed](const ledger::Error& error) {
            api::log(api::LogLevel::error, "stopping", {{"error", error.describe()}});
            failed = true;
            ::kill(::getpid(), SIGUSR1);
        };
        options.on_time_doubted = [](const ledger::TimePutInDoubt& doubt) {
            api::log(api::LogLevel::warning, "time-in-doubt",
                     {{"wall_time", ledger::time_text(doubt.wall_time)},
                      {"forward", doubt.reason == ledger::TimePutInDoubt::Reason::stepped_back ? "no" : "yes"}});
        };
        options.upkeep = node::NodeOptions::Upkeep::full;
        options.on_snapshot_trouble = [](const ledger::Error& error) {
            api::log(api::LogLevel::warning, "snapshot-trouble", {{"error", error.describe()}});
        };
        options.read_models = log_read_models();
        const auto node = node::Node::open(config, std::move(options));
        if (node) {
            ACTLEDGER_CHECK(serve_ledger(config, **node, mirrors, signals));
            return failed ? static_cast<int>(terminal::Exit::storage) : 0;
        }
        if (server::is_refusal(node.error())) {
            ACTLEDGER_CHECK(server::serve_refusal(config, signals, node.error()));
            return 0;
        }
        if (!not_made_yet(node.error(), waited)) return node.error();
        ACTLEDGER_TRY(const auto end, server::serve_without_ledger(config, signals));
        if (end == server::Waited::told_to_end) return 0;
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Activation Ledger: the server"};
    app.set_version_flag("--version", "actledgerd " ACTLEDGER_VERSION);
    std::filesystem::path file = "/etc/actledger/actledgerd.toml";
    bool check_only = false;
    app.add_option("--config", file, "The configuration")->capture_default_str();
    app.add_flag("--check-config", check_only, "Say whether the configuration is right, and end");
    if (const auto end = terminal::parse_command_line(app, "actledgerd", argc, argv)) return *end;

    const auto language = terminal::choose_language("");
    const auto config = config::load(file);
    if (!config) return terminal::report("actledgerd", config.error(), language);
    if (const auto token = node::token_options(*config); !token) {
        return terminal::report("actledgerd", token.error(), language);
    }
    if (check_only) {
        terminal::say(language, "The configuration is right.", "配置正确。");
        return 0;
    }
    const std::vector<std::string> command(argv, argv + argc);
    if (const auto whose = node::check_account(config->ledger.folder, command); !whose) {
        return terminal::report("actledgerd", whose.error(), language);
    }
    if (const auto logs = set_up_logs(config->log); !logs)
        return terminal::report("actledgerd", logs.error(), language);
    const auto prepare = [&](ledger::MappedKind kind, const ledger::Error& damaged) {
        ledger::end_at_page_fault(kind, terminal::report_text("actledgerd", damaged, language),
                                  static_cast<int>(terminal::exit_of(damaged)));
    };
    prepare(ledger::MappedKind::log, ledger::page_fault_error(config->ledger.folder));
    prepare(ledger::MappedKind::read_models, projections::page_fault_error(config->ledger.folder / "read"));
    const auto served = serve(*config);
    if (served) return *served;
    api::log(api::LogLevel::error, "not-started", {{"error", served.error().describe()}});
    return terminal::report("actledgerd", served.error(), language);
}
