#pragma once
// api/handlers/admin_handlers.hpp: what administrators ask, for now over the local socket only. Who asks stands in the
// event as an operator with a local account. Bodies and answers: api/openapi.json.

#include "api/router.hpp"
#include "api/services.hpp"

namespace api {

/// Adds all routes below /v1/admin.
void add_admin_routes(Router& router, LedgerServices& services);

}  // namespace api
