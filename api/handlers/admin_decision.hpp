#pragma once
// api/handlers/admin_decision.hpp: how an administrator's command is decided and answered.

#include "api/json_text.hpp"
#include "api/request.hpp"
#include "api/sequenced.hpp"

namespace api {

/// Who asks over the local socket, as it stands in the event.
inline const ledger::Actor local_operator{ledger::Actor::Kind::operator_, ledger::Actor::Authority::local_account, {}};

/// Whether the command wrote an event, or found that all was so already.
enum class Wrote : std::uint8_t { event, nothing };

/// @param command  has a decide(command, context) beside it that gives a ledger::Decision.
template <class Command>
Awaitable<ledger::Result<Sequenced<Wrote>>> decide_admin(LedgerServices& services, IoThread& io, Command command) {
    return sequenced<Wrote>(services, io,
                            [command = std::move(command)](const commands::Context& context,
                                                           ledger::Decision& decision) -> ledger::Result<Wrote> {
                                ACTLEDGER_TRY(decision, decide(command, context));
                                return decision.drafts.empty() ? Wrote::nothing : Wrote::event;
                            });
}

/// {"sequence_number": …}: 201 for a new event, 200 when it was there.
[[nodiscard]] inline Response written(const Sequenced<Wrote>& done) {
    Response response;
    response.status = done.value == Wrote::event ? 201 : 200;
    JsonWriter json(response.body);
    json.begin();
    json.number("sequence_number", done.receipt.index.value);
    json.end();
    return response;
}

}  // namespace api
