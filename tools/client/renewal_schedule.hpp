#pragma once
// tools/client/renewal_schedule.hpp: when the service asks again. Pure: clock and random numbers are handed in.

#include <chrono>
#include <optional>
#include <random>

#include "ledger/core/sizes.hpp"

namespace client {

using Random = std::mt19937_64;
using Milliseconds = std::chrono::milliseconds;

/// Back-off with full jitter: the n-th wait is uniform in [0, min(longest, first * 2^n)], so that a thousand desktops
/// that lost their server together do not come back together.
class BackOff {
 public:
    static constexpr Milliseconds first{2'000};
    static constexpr Milliseconds longest{15 * 60'000};
    static constexpr Milliseconds server_wish_max{24 * 3'600'000};

    explicit BackOff(Random random) : random_(random) {}
    /// The wait before the next attempt, after one more failure.
    /// @param server_wish  Retry-After: never less than this (up to a day), and up to `first` more.
    [[nodiscard]] Milliseconds next(std::optional<std::chrono::seconds> server_wish);
    void succeeded() { failures_ = 0; }

 private:
    Random random_;
    unsigned failures_ = 0;
};

/// A seat's lease, as the client knows it.
struct LeaseTimes {
    ledger::Timestamp granted_at;                  ///< Event time.
    ledger::Timestamp ends_at;                     ///< 0: perpetual.
    std::optional<ledger::Timestamp> renew_after;  ///< As the server said; else half of the lease.
};

/// When to renew: renew_after plus up to a tenth of what is left of the lease from there, at most six hours.
/// @return nothing for a perpetual lease.
[[nodiscard]] std::optional<ledger::Timestamp> renewal_time(const LeaseTimes& lease, Random& random);

/// Between two visits as a witness when there is nothing to renew: a day, give or take a quarter.
[[nodiscard]] ledger::Duration visit_interval(Random& random);

}  // namespace client
