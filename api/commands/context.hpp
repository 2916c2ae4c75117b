#pragma once
// api/commands/context.hpp: what every decision is made on. Decisions are pure: (command, context) -> events, or an
// error. They run on the sequencing thread; preparing a command (parsing, hashing, random ids) runs before, on any.

#include "api/commands/errc.hpp"
#include "api/commands/reservations.hpp"
#include "ledger/core/certificate.hpp"
#include "ledger/core/device_components.hpp"
#include "ledger/store_write/decider.hpp"
#include "projections/state/ledger_state.hpp"

namespace api::commands {

struct Context {
    const projections::LedgerState& state;
    const projections::SeatSource& seats;  ///< Also of events that are not durable yet.
    Reservations& reservations;
    const ledger::Moment& moment;

    /// Dates are judged at this time.
    [[nodiscard]] ledger::Timestamp judged() const { return moment.judged; }
    [[nodiscard]] bool in_doubt() const { return moment.in_doubt; }
    /// An answer without events, resting on all that is decided so far.
    [[nodiscard]] ledger::Decision nothing_to_do() const;
};

/// What preparing a command needs of the ledger: constant from event 0 on, so it may be copied to any thread.
struct Preparation {
    const ledger::Suite& suite;
    ledger::DeviceSalt device_salt;
    ledger::Certificate vendor_root;
    std::string server_id;

    /// @pre the state has folded event 0 (asserted).
    /// @return ledger::errc::certificate_malformed for a root that cannot be read
    [[nodiscard]] static ledger::Result<Preparation> of(const projections::LedgerState& state);
};

}  // namespace api::commands
