#include "tools/client/renewal_schedule.hpp"

#include <algorithm>

namespace client {
namespace {

std::int64_t uniform(Random& random, std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
}

}  // namespace

Milliseconds BackOff::next(std::optional<std::chrono::seconds> server_wish) {
    constexpr unsigned doublings_max = 20;
    const auto ceiling = std::min<std::int64_t>(longest.count(), first.count() << std::min(failures_, doublings_max));
    ++failures_;
    const Milliseconds wait{uniform(random_, 0, ceiling)};
    if (!server_wish) return wait;
    const auto wish = std::clamp(Milliseconds(std::min(*server_wish, std::chrono::seconds(86'400))), Milliseconds(0),
                                 server_wish_max);
    return std::max(wait, wish + Milliseconds(uniform(random_, 0, first.count())));
}

std::optional<ledger::Timestamp> renewal_time(const LeaseTimes& lease, Random& random) {
    constexpr ledger::Duration spread_max = ledger::hour * 6;
    if (lease.ends_at.us == 0) return std::nullopt;
    const ledger::Timestamp half{lease.granted_at.us + (lease.ends_at - lease.granted_at).us / 2};
    const auto earliest = lease.renew_after.value_or(half);
    const auto left = std::max<std::int64_t>(0, (lease.ends_at - earliest).us);
    return earliest + ledger::Duration{uniform(random, 0, std::min(left / 10, spread_max.us))};
}

ledger::Duration visit_interval(Random& random) {
    return {uniform(random, ledger::day.us * 3 / 4, ledger::day.us * 5 / 4)};
}

}  // namespace client
