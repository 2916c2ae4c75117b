#include "api/tls_record.hpp"

#include <boost/asio/as_tuple.hpp>

#include "api/commands/admin_commands.hpp"
#include "api/log.hpp"
#include "api/sequenced.hpp"

namespace api {
namespace {

enum class Recorded : std::uint8_t { yes, later };

Awaitable<bool> record(LedgerServices& services, IoThread& io, ledger::Digest fingerprint) {
    const auto done = co_await sequenced<Recorded>(
        services, io,
        [fingerprint](const commands::Context& context, ledger::Decision& decision) -> ledger::Result<Recorded> {
            decision = context.nothing_to_do();
            if (context.state.identity().certificates().empty()) return Recorded::later;
            ACTLEDGER_TRY(decision, commands::decide(commands::RecordTlsCertificate{fingerprint}, context));
            return Recorded::yes;
        });
    if (!done) {
        log(LogLevel::warning, "tls-certificate-not-recorded", {{"code", done.error().stable_code()}});
        co_return false;
    }
    if (done->value == Recorded::later) co_return false;
    log(LogLevel::info, "tls-certificate-recorded",
        {{"fingerprint", ledger::hex_encode(fingerprint.view())}, {"sequence_number", done->receipt.index.value}});
    co_return true;
}

}  // namespace

Awaitable<void> keep_tls_recorded(LedgerServices& services, IoThread& io, TlsFingerprint in_use) {
    std::optional<ledger::Digest> recorded;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      Executor>
        pause(io.context());
    while (true) {
        const auto fingerprint = in_use();
        if (fingerprint && fingerprint != recorded && co_await record(services, io, *fingerprint)) {
            recorded = fingerprint;
        }
        pause.expires_after(tls_record_interval);
        const auto [stopped] = co_await pause.async_wait(boost::asio::as_tuple(use_awaitable));
        if (stopped) co_return;
    }
}

}  // namespace api
