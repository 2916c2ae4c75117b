#include "api/handlers/license_reservation.hpp"

#include <boost/asio/as_tuple.hpp>

#include "api/commands/errc.hpp"
#include "api/sequenced.hpp"

namespace api {
namespace {

using ledger::Result;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr std::chrono::milliseconds look_again{10};

struct Standing {
    bool settled = false;
    std::string product;
};

/// Also says to the anchor's keeper that a seat is wanted, as an activation would.
Result<Standing> standing(const commands::Context& context, const std::string& license_id) {
    const auto& licenses = context.state.licenses();
    const auto index = licenses.find(license_id);
    ACTLEDGER_ASSERT(index.has_value());  // it was imported before this is asked
    const projections::License& license = licenses.at(*index);
    const std::uint64_t used = context.state.seats().used(*index);
    if (license.status != projections::LicenseStatus::live || used >= license.terms.quantity) return Standing{true, {}};
    context.reservations.want(license_id, used + 1);
    return Standing{context.reservations.reserved(license_id) > used, license.terms.product};
}

}  // namespace

Awaitable<Result<void>> wait_for_reservation(LedgerServices& services, IoThread& io, std::string license_id) {
    const auto until = IoThread::now() + reservation_within;
    Timer pause(io.context());
    for (;;) {
        auto question = [license_id](const commands::Context& context) { return standing(context, license_id); };
        const auto now = co_await asked<Standing>(services, io, std::move(question));
        if (!now) co_return now.error();
        if (now->settled) co_return Result<void>{};
        if (IoThread::now() >= until) {
            co_return ledger::Error{commands::errc::seats_not_reserved, {}, {{"product", now->product}}};
        }
        pause.expires_after(look_again);
        const auto [stopped] = co_await pause.async_wait(boost::asio::as_tuple(use_awaitable));
        if (stopped) co_return ledger::Error{commands::errc::seats_not_reserved, {}, {{"product", now->product}}};
    }
}

}  // namespace api
