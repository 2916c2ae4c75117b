#pragma once
// api/handlers/access_key_handlers.hpp: administrators make, list, revoke and put back enrolment keys and log keys.
// Bodies and answers: api/openapi.json.

#include "api/router.hpp"
#include "api/services.hpp"

namespace api {

/// Adds all routes below /v1/admin/enrolment-keys and /v1/admin/log-keys.
void add_access_key_routes(Router& router, LedgerServices& services);

}  // namespace api
