#include "api/handlers/access_key_handlers.hpp"

#include "api/commands/access_key_commands.hpp"
#include "api/handlers/admin_decision.hpp"
#include "api/handlers/admin_input.hpp"

namespace api {
namespace {

using commands::KeyUse;
using ledger::Result;

constexpr std::uint64_t small_body_max = 4 * 1024;

/// How a use is written in JSON.
struct UseNames {
    std::string_view holder;
    std::string_view list;
};
constexpr UseNames names(KeyUse use) {
    return use == KeyUse::enrolment ? UseNames{"pool", "enrolment_keys"} : UseNames{"reader", "log_keys"};
}

Awaitable<Result<Response>> create_key(KeyUse use, LedgerServices& services, Request& request) {
    auto input = parse_access_key(request.body, names(use).holder);
    if (!input) co_return input.error();
    auto made =
        commands::prepare_access_key(use, services.suite, local_operator, std::move(input->holder), input->expires);
    if (!made) co_return made.error();
    const std::string id = ledger::hex_encode(made->command.id);
    const auto done = co_await decide_admin(services, *request.io, std::move(made->command));
    if (!done) co_return done.error();
    Response response;
    response.status = 201;
    JsonWriter json(response.body);
    json.begin();
    json.text("id", id);
    json.text("key", made->key);
    json.number("sequence_number", done->receipt.index.value);
    json.end();
    co_return response;
}

Awaitable<Result<Response>> restore_key(KeyUse use, LedgerServices& services, Request& request) {
    const auto id = parse_key_id(request.parameter);
    if (!id) co_return id.error();
    auto input = parse_kept_key(request.body, names(use).holder);
    if (!input) co_return input.error();
    commands::RestoreAccessKey command{
        {use, local_operator, *id, input->digest, std::move(input->key.holder), input->key.expires}};
    const auto done = co_await decide_admin(services, *request.io, std::move(command));
    if (!done) co_return done.error();
    co_return written(*done);
}

Response keys_response(KeyUse use, const std::vector<commands::AccessKeyView>& views) {
    Response response;
    JsonWriter json(response.body);
    json.begin();
    json.begin_list(names(use).list);
    for (const auto& view : views) {
        json.begin();
        json.text("id", ledger::hex_encode(view.key.id));
        json.text(names(use).holder, view.key.holder);
        json.text("state", view.usable ? "usable" : view.key.revoked_by ? "revoked" : "expired");
        json.time("created_at", view.key.created_at);
        if (view.key.expires.us == 0) {
            json.null("expires_at");
        } else {
            json.time("expires_at", view.key.expires);
        }
        json.end();
    }
    json.end_list();
    json.end();
    return response;
}

Awaitable<Result<Response>> list_keys(KeyUse use, LedgerServices& services, Request& request) {
    const auto views = co_await asked<std::vector<commands::AccessKeyView>>(
        services, *request.io, [use](const commands::Context& context) -> Result<std::vector<commands::AccessKeyView>> {
            return commands::list_access_keys(use, context);
        });
    if (!views) co_return views.error();
    co_return keys_response(use, *views);
}

Awaitable<Result<Response>> revoke_key(KeyUse use, LedgerServices& services, Request& request) {
    const auto id = parse_key_id(request.parameter);
    if (!id) co_return id.error();
    commands::RevokeAccessKey command{use, local_operator, *id};
    const auto done = co_await decide_admin(services, *request.io, std::move(command));
    if (!done) co_return done.error();
    Response response = written(*done);
    response.status = 200;
    co_return response;
}

}  // namespace

void add_access_key_routes(Router& router, LedgerServices& services) {
    using Handler = Awaitable<Result<Response>> (*)(KeyUse, LedgerServices&, Request&);
    const auto add = [&](Method method, std::string_view pattern, KeyUse use, Handler handler,
                         BodyKind body = BodyKind::none) {
        router.add({.method = method,
                    .pattern = pattern,
                    .endpoint = [&services, use, handler](Request& request) { return handler(use, services, request); },
                    .body = body,
                    .body_bytes_max = body == BodyKind::none ? 0 : small_body_max,
                    .audience = Audience::administrator});
    };
    add(Method::post, "/v1/admin/enrolment-keys", KeyUse::enrolment, create_key, BodyKind::json);
    add(Method::get, "/v1/admin/enrolment-keys", KeyUse::enrolment, list_keys);
    add(Method::put, "/v1/admin/enrolment-keys/{id}", KeyUse::enrolment, restore_key, BodyKind::json);
    add(Method::delete_, "/v1/admin/enrolment-keys/{id}", KeyUse::enrolment, revoke_key);
    add(Method::post, "/v1/admin/log-keys", KeyUse::log, create_key, BodyKind::json);
    add(Method::get, "/v1/admin/log-keys", KeyUse::log, list_keys);
    add(Method::put, "/v1/admin/log-keys/{id}", KeyUse::log, restore_key, BodyKind::json);
    add(Method::delete_, "/v1/admin/log-keys/{id}", KeyUse::log, revoke_key);
}

}  // namespace api
