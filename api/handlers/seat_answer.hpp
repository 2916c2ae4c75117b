#pragma once
// api/handlers/seat_answer.hpp: what is answered about a seat: the activation, its file, and the consistency of the
// checkpoint that the desktop showed. Used by all endpoints that speak of one seat.

#include "api/commands/seat_commands.hpp"
#include "api/request.hpp"
#include "api/sequenced.hpp"
#include "api/witness.hpp"

namespace api {

class JsonWriter;

/// What a task brings back: the decision, and the chain that the seat's file bears.
struct SeatOutcome {
    commands::SeatDecision seat;
    projections::CertificateChain chain;
};

/// @return errc::needs_operator for a new seat while the witness is alarmed.
[[nodiscard]] ledger::Result<void> refuse_while_contradicted(const LedgerServices& services,
                                                             const commands::SeatDecision& seat);

/// Decides `command` about one seat. New seats are refused while history is contradicted (api/witness.hpp).
template <class Command>
Awaitable<ledger::Result<Sequenced<SeatOutcome>>> decide_seat(LedgerServices& services, IoThread& io, Command command) {
    return sequenced<SeatOutcome>(
        services, io,
        [&services, command = std::move(command)](const commands::Context& context,
                                                  ledger::Decision& decision) -> ledger::Result<SeatOutcome> {
            SeatOutcome outcome;
            ACTLEDGER_TRY(outcome.seat, commands::decide(command, context));
            ACTLEDGER_CHECK(refuse_while_contradicted(services, outcome.seat));
            decision = std::move(outcome.seat.decision);
            outcome.chain = context.state.identity().chain_for(outcome.seat.current);
            return outcome;
        });
}

/// Appends the activation file (or, for an event without a seat, the proof) of event `index`, the same bytes for ever.
/// @param group  where the event is in memory; may be null or another one: then the log is read.
[[nodiscard]] ledger::Result<void> append_event_file(std::string& out, const LedgerServices& services,
                                                     ledger::SequenceNumber index, const ledger::SealedGroup* group,
                                                     const projections::CertificateChain& chain);

enum class FilePart : std::uint8_t { inlined, left_out };
/// 200 with the members "activation", "file" and "consistency".
[[nodiscard]] ledger::Result<Response> seat_response(const LedgerServices& services,
                                                     const Sequenced<SeatOutcome>& outcome, FilePart file,
                                                     const std::optional<KnownCheckpoint>& known);

/// The members of "activation", into an object that is open. @param activated_at  the time of its SeatActivated.
void write_activation(JsonWriter& json, const commands::SeatDecision& seat, ledger::Timestamp activated_at);

/// The text of a route's {id}. @return commands::errc::activation_unknown for what no id looks like
[[nodiscard]] ledger::Result<ledger::ActivationId> activation_id(const Request& request);

}  // namespace api
