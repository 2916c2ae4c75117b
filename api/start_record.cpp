#include "api/start_record.hpp"

#include <boost/asio/as_tuple.hpp>

#include "api/commands/admin_commands.hpp"
#include "api/log.hpp"
#include "api/sequenced.hpp"

namespace api {

Awaitable<ledger::Result<bool>> record_start(LedgerServices& services, IoThread& io, std::string software_version) {
    auto work = [version = std::move(software_version)](const commands::Context& context,
                                                        ledger::Decision& decision) -> ledger::Result<bool> {
        ACTLEDGER_TRY(decision, commands::decide(commands::StartServer{version}, context));
        return !decision.drafts.empty();
    };
    const auto done = co_await sequenced<bool>(services, io, std::move(work));
    if (!done) co_return done.error();
    co_return done->value;
}

Awaitable<void> keep_start_recorded(LedgerServices& services, IoThread& io, std::string software_version) {
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      Executor>
        pause(io.context());
    std::string_view told;  // each trouble once, not once an attempt
    while (true) {
        const auto wrote = co_await record_start(services, io, software_version);
        if (wrote && *wrote) log(LogLevel::info, "software-version-recorded", {{"version", software_version}});
        if (wrote) co_return;
        if (const auto code = wrote.error().stable_code(); code != told) {
            log(LogLevel::warning, "software-version-not-recorded", {{"code", code}});
            told = code;
        }
        pause.expires_after(start_record_interval);
        const auto [stopped] = co_await pause.async_wait(boost::asio::as_tuple(use_awaitable));
        if (stopped) co_return;
    }
}

}  // namespace api
