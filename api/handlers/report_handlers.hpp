#pragma once
// api/handlers/report_handlers.hpp: the server makes the statement of who held which seat at a time itself, and puts
// its digest on record. Bodies and answers: api/openapi.json; the statement: docs/formats/report.md.

#include "api/router.hpp"
#include "api/services.hpp"

namespace api {

/// Adds /v1/admin/reports.
void add_report_routes(Router& router, LedgerServices& services);

}  // namespace api
