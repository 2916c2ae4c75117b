#pragma once
// projections/state/lease.hpp: how long a seat is held, from a licence's terms. Times are judged ones (invariant L11).

#include <optional>

#include "ledger/core/event.hpp"
#include "ledger/license_file/license_terms.hpp"

namespace projections {

struct Lease {
    ledger::Timestamp ends;        ///< 0: perpetual.
    ledger::Timestamp grace_ends;  ///< 0: perpetual.
    bool operator==(const Lease&) const = default;
};

/// The lease that is given at `judged`. It may end after the licence: what was given is kept.
[[nodiscard]] inline Lease lease_from(const ledger::LeaseTerms& terms, ledger::Timestamp judged) {
    if (terms.perpetual) return {};
    const ledger::Timestamp ends = judged + ledger::day * terms.days;
    return {ends, ends + ledger::day * terms.grace_days};
}

/// When clients begin to renew: renew_after_days after the lease was given; nothing for a perpetual one.
[[nodiscard]] inline std::optional<ledger::Timestamp> renew_after(const ledger::Seat& seat,
                                                                  const ledger::LeaseTerms& terms) {
    if (seat.lease_ends.us == 0 || terms.perpetual) return std::nullopt;
    return seat.lease_ends - ledger::day * (std::int64_t{terms.days} - terms.renew_after_days);
}

}  // namespace projections
