#pragma once
// api/handlers/legacy_handlers.hpp: administrators keep seats for desktops of the previous product, list them, and give
// them up. Bodies and answers: api/openapi.json.

#include "api/router.hpp"
#include "api/services.hpp"

namespace api {

/// Adds all routes below /v1/admin/legacy.
void add_legacy_routes(Router& router, LedgerServices& services);

}  // namespace api
