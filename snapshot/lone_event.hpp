#pragma once
// snapshot/lone_event.hpp: one event with its head, written while no server runs. For what changes how a ledger goes
// on.

#include "ledger/store_write/log_engine.hpp"
#include "projections/state/ledger_state.hpp"

namespace snapshot {

/// Appends the event that a person has ordered by PIN and typed confirmation, as a group of its own, under `origin`. It
/// bears the time of the event before it: whether the clock is to be believed is judged at the start (L11).
/// @param state          folded from all of the log.
/// @param last_head_key  signed the head that it goes on from.
/// @return the new tree head; what checking the log's tail, the signer and the log return
[[nodiscard]] ledger::Result<ledger::TreeHead> append_alone(const ledger::Suite& suite, ledger::LogEngine& log,
                                                            const projections::LedgerState& state,
                                                            const ledger::Origin& origin,
                                                            const ledger::PublicKey& last_head_key,
                                                            ledger::EventBody body, ledger::Signer& signer);

}  // namespace snapshot
