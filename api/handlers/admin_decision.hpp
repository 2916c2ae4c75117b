#pragma once
// api/handlers/admin_decision.hpp: an administrator's command is decided, and the answer says whether it wrote an
// event.

#include "api/json_text.hpp"
#include "api/request.hpp"
#include "api/sequenced.hpp"

namespace api {

/// Whether the command wrote an event, or found that all was so already.
enum class Wrote : std::uint8_t { event, nothing };

template <class Command>
Awaitable<ledger::Result<Sequenced<Wrote>>> decide_admin(LedgerServices& services, IoThread& io, Command command) {
    return sequenced<Wrote>(services, io,
                            [command = std::move(command)](const commands::Context& context,
                                                           ledger::Decision& decision) -> ledger::Result<Wrote> {
                                ACTLEDGER_TRY(decision, commands::decide(command, context));
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
