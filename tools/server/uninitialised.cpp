#include "tools/server/uninitialised.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "api/credentials.hpp"
#include "api/log.hpp"
#include "api/router.hpp"
#include "api/routes.hpp"
#include "hsm/errc.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/store_read/lmdb_log_reader.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/system_clock.hpp"
#include "tools/server/listeners.hpp"
#include "tools/server/supervisor.hpp"
#include "tools/server/tls_in_use.hpp"

namespace server {
namespace {

constexpr timespec look_again{0, 500'000'000};
constexpr std::chrono::seconds drain_patience{5};

/// What hinders the look at the ledger, said once for each cause and not twice a second.
class LedgerWatch {
 public:
    explicit LedgerWatch(const config::Config& config) : folder_(config.ledger.folder) {}

    [[nodiscard]] bool made() {
        const auto size = look();
        if (size) return size->value != 0;
        const auto cause = size.error().code;
        if (cause != ledger::errc::log_not_found && cause != reported_) {
            api::log(api::LogLevel::error, "ledger-unreadable", {{"error", size.error().describe()}});
        }
        reported_ = cause;
        return false;
    }

 private:
    [[nodiscard]] ledger::Result<ledger::TreeSize> look() const {
        ACTLEDGER_TRY(const auto log, ledger::open_log_reader(folder_));
        return log->size();
    }

    const std::filesystem::path folder_;
    std::error_code reported_;
};

/// For a new ledger to be made, if one is watched for, or for a signal.
Waited wait(LedgerWatch* ledger, const sigset_t& signals) {
    for (;;) {
        const int signal = ::sigtimedwait(&signals, nullptr, &look_again);
        if (signal > 0 && signal != SIGHUP) return Waited::told_to_end;
        if (signal < 0 && ledger != nullptr && ledger->made()) return Waited::ledger_made;
    }
}

/// The endpoints that need no ledger, until wait() says how it ends.
ledger::Result<Waited> serve_health(const config::Config& config, const sigset_t& signals,
                                    std::optional<ledger::Error> refused, const std::string& status) {
    const node::SystemClock clock;
    api::ChallengeBook challenges;
    api::Router router(api::RatePolicy{});
    std::atomic<const api::Server*> running{nullptr};
    std::optional<LedgerWatch> watch;
    if (!refused) watch.emplace(config);
    api::add_routes(router, {.system = {.ledger = nullptr,
                                        .refused = std::move(refused),
                                        .router = router,
                                        .server = [&running] { return running.load(); },
                                        .clock = clock,
                                        .started_at = {clock.wall_us()}},
                             .challenges = challenges,
                             .tls_in_use = [] { return std::nullopt; }});
    api::Server server(server_options(config), router);
    running = &server;
    TlsInUse tls;
    ACTLEDGER_CHECK(tls.load(config, server));
    ACTLEDGER_CHECK(listen(config, server));
    server.start();
    boost::asio::co_spawn(server.io(0).executor(), answer_watchdog(server, server_options(config).threads),
                          boost::asio::detached);
    say_ready(status);
    const Waited waited = wait(watch ? &*watch : nullptr, signals);
    if (waited == Waited::told_to_end) say_stopping();
    server.drain(drain_patience);
    return waited;
}

}  // namespace

ledger::Result<Waited> serve_without_ledger(const config::Config& config, const sigset_t& signals) {
    api::log(api::LogLevel::warning, "not-initialised", {{"folder", config.ledger.folder.string()}});
    return serve_health(
        config, signals, std::nullopt,
        "There is no ledger. A new server: actledger hsm init; after a loss: actledger restore or recover");
}

bool is_refusal(const ledger::Error& error) {
    for (const auto code :
         {node::errc::log_behind_anchor, node::errc::restored_unconfirmed, node::errc::recovery_unfinished,
          node::errc::log_contradicts_anchor, node::errc::anchor_foreign, node::errc::anchor_salt_differs,
          node::errc::key_cleared, node::errc::hand_over_missing}) {
        if (error.code == code) return true;
    }
    return error.code == hsm::errc::anchor_lost || error.code == hsm::errc::anchor_version_unknown;
}

ledger::Result<void> serve_refusal(const config::Config& config, const sigset_t& signals, const ledger::Error& why) {
    api::log(api::LogLevel::error, "ledger-refused",
             {{"code", why.stable_code()},
              {"error", why.sentence(ledger::Language::english)},
              {"remedy", why.remedy(ledger::Language::english)}});
    ACTLEDGER_CHECK(serve_health(config, signals, why, "The ledger is not served: " + std::string(why.stable_code())));
    return {};
}

}  // namespace server
