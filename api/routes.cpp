#include "api/routes.hpp"

#include "api/errc.hpp"
#include "api/handlers/access_key_handlers.hpp"
#include "api/handlers/admin_handlers.hpp"
#include "api/handlers/ledger_handlers.hpp"
#include "api/handlers/legacy_handlers.hpp"
#include "api/handlers/log_handlers.hpp"
#include "api/handlers/recovery_handlers.hpp"
#include "api/handlers/report_handlers.hpp"
#include "api/handlers/seat_handlers.hpp"

namespace api {
namespace {

/// A checkpoint may be 64 KiB by its format, a file to be adopted is far smaller.
constexpr std::uint64_t activation_body_max = 96 * 1024;
constexpr std::string_view plain_text = "text/plain; charset=utf-8";

void add_ledger_routes(Router& router, LedgerServices& ledger, const RouteServices& services) {
    ChallengeBook& challenges = services.challenges;
    router.add({.method = Method::post,
                .pattern = "/v1/activations",
                .endpoint = ActivateSeatHandler(ledger, challenges),
                .body = BodyKind::json,
                .body_bytes_max = activation_body_max});
    router.add({.pattern = "/v1/activations/{id}", .endpoint = FindSeatHandler(ledger)});
    router.add({.method = Method::delete_,
                .pattern = "/v1/activations/{id}",
                .endpoint = ReleaseSeatHandler(ledger, challenges)});
    router.add({.pattern = "/v1/activations/{id}/file", .endpoint = SeatFileHandler(ledger), .produces = plain_text});
    router.add({.method = Method::post,
                .pattern = "/v1/activations/{id}/renewals",
                .endpoint = RenewSeatHandler(ledger, challenges),
                .body = BodyKind::json,
                .body_bytes_max = activation_body_max});
    router.add({.pattern = "/v1/checkpoint", .endpoint = CheckpointHandler(ledger), .produces = plain_text});
    router.add({.method = Method::post,
                .pattern = "/v1/checkpoints/consistency",
                .endpoint = ConsistencyHandler(ledger),
                .body = BodyKind::json,
                .body_bytes_max = activation_body_max});
    router.add(
        {.pattern = "/v1/tls-proof", .endpoint = TlsProofHandler(ledger, services.tls_in_use), .produces = plain_text});
    add_log_routes(router, ledger);
    add_admin_routes(router, ledger);
    add_recovery_routes(router, ledger);
    add_access_key_routes(router, ledger);
    add_legacy_routes(router, ledger);
    add_report_routes(router, ledger);
}

}  // namespace

void add_routes(Router& router, const RouteServices& services) {
    if (services.system.ledger != nullptr) {
        add_ledger_routes(router, *services.system.ledger, services);
    } else {
        const auto& refused = services.system.refused;
        router.explain_absence(
            refused ? ledger::Error{errc::needs_operator, {}, {{"reason", std::string(refused->stable_code())}}}
                    : ledger::Error{errc::not_initialised},
            refused);
    }
    add_system_routes(router, services.system);
}

}  // namespace api
