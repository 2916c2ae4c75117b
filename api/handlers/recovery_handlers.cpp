#include "api/handlers/recovery_handlers.hpp"

#include "api/commands/recovery_commands.hpp"
#include "api/errc.hpp"
#include "api/handlers/admin_decision.hpp"
#include "api/handlers/admin_input.hpp"
#include "api/handlers/seat_answer.hpp"
#include "api/handlers/shown_file.hpp"
#include "api/refused_adoptions.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;
using Change = commands::SeatDecision::Change;

constexpr std::uint64_t file_body_max = 512 * 1024;
constexpr std::uint64_t small_body_max = 4 * 1024;
constexpr std::size_t pending_shown_max = 1'000;

std::string_view outcome_of(Change change) {
    if (change == Change::adopted) return "adopted";
    return change == Change::pending ? "pending" : "unchanged";
}

Response adoption_response(const Sequenced<SeatOutcome>& done) {
    const commands::SeatDecision& seat = done.value.seat;
    Response response;
    response.status = seat.change == Change::adopted || seat.change == Change::pending ? 201 : 200;
    JsonWriter json(response.body);
    json.begin();
    json.text("activation_id", seat.seat.activation_id.text());
    json.text("license_id", seat.seat.license_id);
    json.text("outcome", outcome_of(seat.change));
    json.number("sequence_number", done.receipt.index.value);
    json.end();
    return response;
}

Result<commands::ImportAdoption> prepare_import(LedgerServices& services, std::string_view body) {
    ACTLEDGER_TRY(const CollectedFileInput input, parse_collected_file(body));
    ACTLEDGER_CHECK(require_two_people(input.actor));
    ACTLEDGER_TRY(commands::VerifiedProof proof, take_shown_file(services, input.file));
    return commands::ImportAdoption{input.actor, std::move(proof)};
}

Awaitable<Result<Response>> import_file(LedgerServices& services, Request& request) {
    auto command = prepare_import(services, request.body);
    if (!command) co_return command.error();
    const auto done = co_await decide_seat(services, *request.io, *std::move(command));
    if (!done) {
        services.refused_adoptions.add(done.error());
        co_return done.error();
    }
    co_return adoption_response(*done);
}

Awaitable<Result<Response>> list_pending(LedgerServices& services, Request& request) {
    struct Listed {
        std::vector<commands::PendingAdoption> shown;
        std::uint64_t total;
    };
    const auto listed =
        co_await asked<Listed>(services, *request.io, [](const commands::Context& context) -> Result<Listed> {
            ACTLEDGER_TRY(auto shown, commands::list_pending(context, pending_shown_max));
            return Listed{std::move(shown), context.state.adoptions().pending()};
        });
    if (!listed) co_return listed.error();
    Response response;
    JsonWriter json(response.body);
    json.begin();
    json.number("total", listed->total);
    json.begin_list("pending");
    for (const commands::PendingAdoption& one : listed->shown) {
        json.begin();
        json.text("activation_id", one.id.text());
        json.text("license_id", one.license_id);
        json.text("product", one.product);
        json.number("incarnation", one.rank.incarnation);
        json.number("index", one.rank.index.value);
        json.number("proven_by", one.proof.value);
        json.end();
    }
    json.end_list();
    json.end();
    co_return response;
}

Awaitable<Result<Response>> settle_pending(LedgerServices& services, Request& request) {
    const auto id = activation_id(request);
    if (!id) co_return id.error();
    const auto input = parse_settlement(request.body);
    if (!input) co_return input.error();
    if (const auto proven = require_two_people(input->actor); !proven) co_return proven.error();
    if (input->approve) {
        commands::ApproveAdoption command{input->actor, *id};
        const auto done = co_await decide_seat(services, *request.io, std::move(command));
        if (!done) co_return done.error();
        co_return adoption_response(*done);
    }
    commands::RefuseAdoption command{input->actor, *id};
    const auto done = co_await decide_admin(services, *request.io, std::move(command));
    if (!done) co_return done.error();
    co_return written(*done);
}

Awaitable<Result<Response>> free_unclaimed(LedgerServices& services, Request& request) {
    auto input = parse_freeing(request.body);
    if (!input) co_return input.error();
    if (const auto proven = require_two_people(input->actor); !proven) co_return proven.error();
    commands::FreeUnclaimed command{input->actor, std::move(input->license_id), input->seats};
    const auto done = co_await decide_admin(services, *request.io, std::move(command));
    if (!done) co_return done.error();
    co_return written(*done);
}

}  // namespace

void add_recovery_routes(Router& router, LedgerServices& services) {
    using Handler = Awaitable<Result<Response>> (*)(LedgerServices&, Request&);
    const auto add = [&](Method method, std::string_view pattern, Handler handler, std::uint64_t body_bytes_max) {
        router.add({.method = method,
                    .pattern = pattern,
                    .endpoint = [&services, handler](Request& request) { return handler(services, request); },
                    .body = body_bytes_max == 0 ? BodyKind::none : BodyKind::json,
                    .body_bytes_max = body_bytes_max,
                    .audience = Audience::administrator});
    };
    add(Method::post, "/v1/admin/recovery/adoptions", import_file, file_body_max);
    add(Method::get, "/v1/admin/recovery/pending", list_pending, 0);
    add(Method::post, "/v1/admin/recovery/pending/{id}", settle_pending, small_body_max);
    add(Method::post, "/v1/admin/recovery/freeings", free_unclaimed, small_body_max);
}

}  // namespace api
