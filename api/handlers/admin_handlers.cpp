#include "api/handlers/admin_handlers.hpp"

#include "api/commands/admin_commands.hpp"
#include "api/commands/license_commands.hpp"
#include "api/commands/queries.hpp"
#include "api/errc.hpp"
#include "api/handlers/admin_decision.hpp"
#include "api/handlers/admin_input.hpp"
#include "api/handlers/admin_views.hpp"
#include "api/handlers/license_reservation.hpp"
#include "api/handlers/seat_answer.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/utf8.hpp"
#include "projections/state/state_writer.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;

constexpr std::uint64_t license_bytes_max = 1024 * 1024;
constexpr std::uint64_t small_body_max = 4 * 1024;

Awaitable<Result<Response>> import_license(LedgerServices& services, Request& request) {
    auto command = commands::prepare_license(ledger::as_bytes(request.body), services.preparation, local_operator);
    if (!command) co_return command.error();
    const std::string license_id = command->license.terms.license_id;
    const auto done = co_await decide_admin(services, *request.io, *std::move(command));
    if (!done) co_return done.error();
    const auto reserved = co_await wait_for_reservation(services, *request.io, license_id);
    if (!reserved) co_return reserved.error();
    Response response;
    response.status = done->value == Wrote::event ? 201 : 200;
    JsonWriter json(response.body);
    json.begin();
    json.text("license_id", license_id);
    json.number("sequence_number", done->receipt.index.value);
    json.end();
    co_return response;
}

Awaitable<Result<Response>> import_revocation(LedgerServices& services, Request& request) {
    auto command = commands::prepare_revocation(ledger::as_bytes(request.body), services.preparation, local_operator);
    if (!command) co_return command.error();
    const auto done = co_await decide_admin(services, *request.io, *std::move(command));
    if (!done) co_return done.error();
    co_return written(*done);
}

Awaitable<Result<Response>> list_licenses(LedgerServices& services, Request& request) {
    const auto views = co_await asked<std::vector<commands::LicenseView>>(
        services, *request.io, [](const commands::Context& context) -> Result<std::vector<commands::LicenseView>> {
            return commands::list_licenses(context);
        });
    if (!views) co_return views.error();
    co_return licenses_response(*views);
}

Awaitable<Result<Response>> get_setting(LedgerServices& services, Request& request) {
    auto question = [name = std::string(request.parameter)](const commands::Context& context) -> Result<std::string> {
        const commands::KnownSetting* const known = commands::find_setting(name);
        if (known == nullptr) {
            return Error{commands::errc::setting_unknown, {}, {{"name", ledger::as_one_line(name.substr(0, 64))}}};
        }
        const auto* entry = context.state.settings().find(name);
        return entry == nullptr ? std::string(known->otherwise) : entry->value;
    };
    const auto value = co_await asked<std::string>(services, *request.io, std::move(question));
    if (!value) co_return value.error();
    co_return setting_response(request.parameter, *value);
}

Awaitable<Result<Response>> put_setting(LedgerServices& services, Request& request) {
    auto value = parse_setting(request.body);
    if (!value) co_return value.error();
    commands::ChangeSetting command{local_operator, std::string(request.parameter), *value};
    const auto done = co_await decide_admin(services, *request.io, std::move(command));
    if (!done) co_return done.error();
    co_return setting_response(request.parameter, *value);
}

Awaitable<Result<Response>> list_activations(LedgerServices& services, Request& request) {
    const auto page = parse_page(request.query);
    if (!page) co_return page.error();
    const auto seats = co_await asked<commands::SeatPage>(
        services, *request.io, [page = *page](const commands::Context& context) -> Result<commands::SeatPage> {
            return commands::list_seats(context, page.cursor, page.limit);
        });
    if (!seats) co_return seats.error();
    co_return seats_response(services.log, *seats);
}

Awaitable<Result<Response>> release_activation(LedgerServices& services, Request& request) {
    const auto id = activation_id(request);
    if (!id) co_return id.error();
    const auto actor = parse_operator(request.body);
    if (!actor) co_return actor.error();
    commands::ReleaseSeat command{*id, commands::OperatorProof{*actor}};
    const auto done = co_await decide_seat(services, *request.io, std::move(command));
    if (!done) co_return done.error();
    co_return seat_response(services, *done, FilePart::left_out, std::nullopt);
}

Awaitable<Result<Response>> confirm_time(LedgerServices& services, Request& request) {
    const auto actor = parse_operator(request.body);
    if (!actor) co_return actor.error();
    commands::ConfirmTime command{*actor};
    const auto done = co_await decide_admin(services, *request.io, std::move(command));
    if (!done) co_return done.error();
    co_return written(*done);
}

Awaitable<Result<Response>> undo_time(LedgerServices& services, Request& request) {
    const auto number = parse_sequence_number(request.parameter);
    if (!number) co_return number.error();
    const auto actor = parse_operator(request.body);
    if (!actor) co_return actor.error();
    if (const auto proven = require_two_people(*actor); !proven) co_return proven.error();
    commands::UndoTimeConfirmation command{*actor, *number};
    const auto done = co_await decide_admin(services, *request.io, std::move(command));
    if (!done) co_return done.error();
    Response response = written(*done);
    response.status = 200;
    co_return response;
}

/// On the sequencing thread, which waits for it: a fifth of a second for a million seats.
Awaitable<Result<Response>> state_digest(LedgerServices& services, Request& request) {
    struct Stated {
        ledger::TreeSize size;
        ledger::Digest digest;
    };
    const auto stated =
        co_await asked<Stated>(services, *request.io, [](const commands::Context& context) -> Result<Stated> {
            return Stated{context.state.size(), context.state.digest()};
        });
    if (!stated) co_return stated.error();
    Response response;
    JsonWriter json(response.body);
    json.begin();
    json.number("size", stated->size.value);
    json.text("digest", ledger::hex_encode(stated->digest.view()));
    json.number("state_version", projections::state_version);
    json.end();
    co_return response;
}

/// Of a durable event; whoever knows its number has it from there.
Result<commands::EraseAnnex> prepare_erasure(const LedgerServices& services, const ErasureInput& input) {
    const auto stored = services.log.event(input.event);
    if (!stored && stored.error().code == ledger::errc::not_found) {
        return Error{commands::errc::event_unknown, {}, {{"index", std::to_string(input.event.value)}}};
    }
    if (!stored) return stored.error();
    ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(*stored));
    ACTLEDGER_TRY(const auto present, services.log.annex(input.event));
    return commands::prepare_erase(event, present, input.field, local_operator);
}

Awaitable<Result<Response>> erase_annex(LedgerServices& services, Request& request) {
    const auto input = parse_erasure(request.body);
    if (!input) co_return input.error();
    auto command = prepare_erasure(services, *input);
    if (!command) co_return command.error();
    const auto done = co_await decide_admin(services, *request.io, *std::move(command));
    if (!done) co_return done.error();
    co_return written(*done);
}

/// Says only that it was heard: what comes of it is in the status.
Awaitable<Result<Response>> retry_hsm(LedgerServices& services, Request&) {
    services.retry_hsm();
    Response response;
    response.status = 202;
    JsonWriter json(response.body);
    json.begin();
    json.text("state", services.health.hsm().state);
    json.end();
    co_return response;
}

}  // namespace

void add_admin_routes(Router& router, LedgerServices& services) {
    using Handler = Awaitable<Result<Response>> (*)(LedgerServices&, Request&);
    const auto add = [&](Method method, std::string_view pattern, Handler handler, BodyKind body = BodyKind::none,
                         std::uint64_t body_bytes_max = 0, QueryUse query = QueryUse::refused) {
        router.add({.method = method,
                    .pattern = pattern,
                    .endpoint = [&services, handler](Request& request) { return handler(services, request); },
                    .body = body,
                    .body_bytes_max = body_bytes_max,
                    .audience = Audience::administrator,
                    .query = query});
    };
    add(Method::post, "/v1/admin/licenses", import_license, BodyKind::octets, license_bytes_max);
    add(Method::get, "/v1/admin/licenses", list_licenses);
    add(Method::post, "/v1/admin/revocations", import_revocation, BodyKind::octets, license_bytes_max);
    add(Method::get, "/v1/admin/settings/{name}", get_setting);
    add(Method::put, "/v1/admin/settings/{name}", put_setting, BodyKind::json, small_body_max);
    add(Method::get, "/v1/admin/activations", list_activations, BodyKind::none, 0, QueryUse::read);
    add(Method::delete_, "/v1/admin/activations/{id}", release_activation, BodyKind::json, small_body_max);
    add(Method::post, "/v1/admin/annex/erasures", erase_annex, BodyKind::json, small_body_max);
    add(Method::post, "/v1/admin/hsm/retry", retry_hsm);
    add(Method::get, "/v1/admin/state/digest", state_digest);
    add(Method::post, "/v1/admin/time/confirmation", confirm_time, BodyKind::json, small_body_max);
    add(Method::delete_, "/v1/admin/time/confirmation/{sequence}", undo_time, BodyKind::json, small_body_max);
}

}  // namespace api
