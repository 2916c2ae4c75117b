#pragma once
// api/handlers/log_key_handlers.hpp: administrators make, list and revoke the keys with which the log is read.
// Bodies and answers: api/openapi.json.

#include "api/router.hpp"
#include "api/services.hpp"

namespace api {

/// Adds all routes below /v1/admin/log-keys.
void add_log_key_routes(Router& router, LedgerServices& services);

}  // namespace api
