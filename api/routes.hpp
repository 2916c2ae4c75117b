#pragma once
// api/routes.hpp: all routes, in one list.

#include "api/credentials.hpp"
#include "api/handlers/system_handlers.hpp"
#include "api/tls_record.hpp"

namespace api {

/// What the routes work with beyond the ledger. All outlive the router.
struct RouteServices {
    SystemServices system;
    ChallengeBook& challenges;
    TlsFingerprint tls_in_use;
};

/// Without a ledger, what needs one answers errc::not_initialised, or errc::needs_operator if there is one that is
/// not served.
void add_routes(Router& router, const RouteServices& services);

}  // namespace api
