#pragma once
// api/handlers/system_handlers.hpp: how the server is, for people, load balancers and Prometheus.
// Each is called on any io thread.

#include "api/router.hpp"
#include "api/server/server.hpp"
#include "api/services.hpp"

namespace api {

/// What these endpoints look at. All outlive the router.
struct SystemServices {
    LedgerServices* ledger = nullptr;      ///< Null: no ledger was made yet, or it is not served.
    std::optional<ledger::Error> refused;  ///< Why the ledger that is there is not served, if it is not.
    const Router& router;
    std::function<const Server*()> server;  ///< Null before it is made, and for the CLI.
    const ledger::Clock& clock;
    ledger::Timestamp started_at;  ///< Wall clock.
};

/// /healthz, /readyz, /v1/status, /metrics and /openapi.json.
void add_system_routes(Router& router, const SystemServices& services);

/// Prometheus text format of everything that is counted.
[[nodiscard]] std::string metrics_text(const SystemServices& services);

}  // namespace api
