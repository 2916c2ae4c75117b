#include "api/handlers/log_key_handlers.hpp"

#include "api/commands/log_key_commands.hpp"
#include "api/handlers/admin_decision.hpp"
#include "api/handlers/admin_input.hpp"

namespace api {
namespace {

using ledger::Result;

constexpr std::uint64_t small_body_max = 4 * 1024;

Awaitable<Result<Response>> create_log_key(LedgerServices& services, Request& request) {
    auto input = parse_log_key(request.body);
    if (!input) co_return input.error();
    auto made = commands::prepare_log_key(services.suite, local_operator, std::move(input->reader), input->expires);
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

Response log_keys_response(const std::vector<commands::LogKeyView>& views) {
    Response response;
    JsonWriter json(response.body);
    json.begin();
    json.begin_list("log_keys");
    for (const auto& view : views) {
        json.begin();
        json.text("id", ledger::hex_encode(view.key.id));
        json.text("reader", view.key.reader);
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

Awaitable<Result<Response>> list_log_keys(LedgerServices& services, Request& request) {
    const auto views = co_await asked<std::vector<commands::LogKeyView>>(
        services, *request.io, [](const commands::Context& context) -> Result<std::vector<commands::LogKeyView>> {
            return commands::list_log_keys(context);
        });
    if (!views) co_return views.error();
    co_return log_keys_response(*views);
}

Awaitable<Result<Response>> revoke_log_key(LedgerServices& services, Request& request) {
    const auto id = parse_key_id(request.parameter);
    if (!id) co_return id.error();
    commands::RevokeLogKey command{local_operator, *id};
    const auto done = co_await decide_admin(services, *request.io, std::move(command));
    if (!done) co_return done.error();
    Response response = written(*done);
    response.status = 200;
    co_return response;
}

}  // namespace

void add_log_key_routes(Router& router, LedgerServices& services) {
    using Handler = Awaitable<Result<Response>> (*)(LedgerServices&, Request&);
    const auto add = [&](Method method, std::string_view pattern, Handler handler, BodyKind body = BodyKind::none) {
        router.add({.method = method,
                    .pattern = pattern,
                    .endpoint = [&services, handler](Request& request) { return handler(services, request); },
                    .body = body,
                    .body_bytes_max = body == BodyKind::none ? 0 : small_body_max,
                    .audience = Audience::administrator});
    };
    add(Method::post, "/v1/admin/log-keys", create_log_key, BodyKind::json);
    add(Method::get, "/v1/admin/log-keys", list_log_keys);
    add(Method::delete_, "/v1/admin/log-keys/{id}", revoke_log_key);
}

}  // namespace api
