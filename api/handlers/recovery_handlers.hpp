#pragma once
// api/handlers/recovery_handlers.hpp: what administrators do after a loss: adopt collected files, approve or refuse
// what waits, free what nobody claimed. Bodies and answers: api/openapi.json.

#include "api/router.hpp"
#include "api/services.hpp"

namespace api {

/// All under /v1/admin/recovery, over the local socket only. `services` outlives the router.
void add_recovery_routes(Router& router, LedgerServices& services);

}  // namespace api
