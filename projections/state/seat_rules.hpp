#pragma once
// projections/state/seat_rules.hpp: holds events against the rules of the seat book (invariants L4, L5, L11) before
// they are folded, for `actledger verify` and for tests. The server does not run it: it decides by the same rules.

#include <vector>

#include "projections/state/errc.hpp"
#include "projections/state/ledger_state.hpp"

namespace projections {

/// One thread.
class SeatRules {
 public:
    /// @param state, source  outlive this.
    SeatRules(const LedgerState& state, const SeatSource& source) : state_(state), source_(source) {}

    /// What is wrong with the next event, given all before it. Call before state.apply(event). Each Error is of
    /// projections::errc with the fact "index".
    /// @return what `source` returns when reading fails
    [[nodiscard]] ledger::Result<std::vector<ledger::Error>> judge(const ledger::Event& event) const;

 private:
    const LedgerState& state_;
    const SeatSource& source_;
};

}  // namespace projections
