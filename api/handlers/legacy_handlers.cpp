#include "api/handlers/legacy_handlers.hpp"

#include "api/commands/legacy_seats.hpp"
#include "api/handlers/admin_decision.hpp"
#include "api/handlers/admin_input.hpp"
#include "api/handlers/legacy_input.hpp"
#include "api/handlers/seat_answer.hpp"

namespace api {
namespace {

using commands::LegacyOutcome;
using ledger::Result;
using projections::LegacySeat;
using Outcomes = std::vector<LegacyOutcome>;

constexpr std::uint64_t records_body_max = 256 * 1024;
constexpr std::uint64_t small_body_max = 4 * 1024;

std::string_view name_of(LegacyOutcome::Status status) {
    if (status == LegacyOutcome::Status::reserved) return "reserved";
    return status == LegacyOutcome::Status::taken_before ? "taken_before" : "refused";
}

std::string_view name_of(LegacySeat::Status status) {
    if (status == LegacySeat::Status::open) return "open";
    return status == LegacySeat::Status::claimed ? "claimed" : "freed";
}

Response outcomes_response(const Sequenced<Outcomes>& done, ledger::Language language) {
    Response response;
    JsonWriter json(response.body);
    json.begin();
    json.number("sequence_number", done.receipt.index.value);
    json.begin_list("results");
    for (const LegacyOutcome& outcome : done.value) {
        json.begin();
        json.text("status", name_of(outcome.status));
        if (outcome.refused) {
            json.text("code", outcome.refused->stable_code());
            json.text("detail", outcome.refused->sentence(language));
            json.text("remedy", outcome.refused->remedy(language));
        } else {
            json.text("activation_id", outcome.activation.text());
            json.text("license_id", outcome.license_id);
        }
        json.end();
    }
    json.end_list();
    json.end();
    return response;
}

Awaitable<Result<Response>> reserve_seats(LedgerServices& services, Request& request) {
    auto input = parse_legacy_seats(request.body);
    if (!input) co_return input.error();
    if (const auto proven = require_two_people(input->actor); !proven) co_return proven.error();
    commands::ReserveLegacySeats command{std::move(input->actor), std::move(input->product), input->reserved_until, {}};
    for (commands::LegacyRecord& record : input->records) {
        command.rows.push_back(commands::prepare(std::move(record), services.preparation));
    }
    auto work = [command = std::move(command)](const commands::Context& context,
                                               ledger::Decision& decision) -> Result<Outcomes> {
        ACTLEDGER_TRY(auto decided, commands::decide(command, context));
        decision = std::move(decided.decision);
        return std::move(decided.outcomes);
    };
    const auto done = co_await sequenced<Outcomes>(services, *request.io, std::move(work));
    if (!done) co_return done.error();
    co_return outcomes_response(*done, request.language);
}

Result<void> write_seat(JsonWriter& json, const ledger::LogReader& log, const commands::LegacySeatView& view) {
    const ledger::LegacySeatReserved& reserved = view.seat.reserved;
    json.begin();
    json.text("activation_id", reserved.activation_id.text());
    json.text("license_id", reserved.license_id);
    json.text("product", reserved.product);
    json.text("status", name_of(view.seat.status));
    json.number("reserved_by", view.seat.reserved_by.value);
    if (reserved.activated_at.us == 0) {
        json.null("activated_at");
    } else {
        json.time("activated_at", reserved.activated_at);
    }
    json.time("reserved_until", reserved.reserved_until);
    json.boolean("may_be_freed", view.may_be_freed);
    ACTLEDGER_TRY(const auto annex, log.annex(view.seat.reserved_by));
    for (const ledger::AnnexValue& value : annex) {
        if (value.field == ledger::AnnexField::device_name) json.text("device_name", value.value);
    }
    json.end();
    return {};
}

Result<Response> page_response(const LedgerServices& services, const commands::LegacySeatPage& page) {
    Response response;
    JsonWriter json(response.body);
    json.begin();
    json.begin_list("seats");
    for (const auto& view : page.seats) ACTLEDGER_CHECK(write_seat(json, services.log, view));
    json.end_list();
    if (page.next) {
        json.text("next_cursor", cursor_text(*page.next));
    } else {
        json.null("next_cursor");
    }
    json.end();
    return response;
}

Awaitable<Result<Response>> list_seats(LedgerServices& services, Request& request) {
    const auto page = parse_page(request.query);
    if (!page) co_return page.error();
    const auto seats = co_await asked<commands::LegacySeatPage>(
        services, *request.io, [page = *page](const commands::Context& context) -> Result<commands::LegacySeatPage> {
            return commands::list_legacy_seats(context, page.cursor, page.limit);
        });
    if (!seats) co_return seats.error();
    co_return page_response(services, *seats);
}

Awaitable<Result<Response>> free_seat(LedgerServices& services, Request& request) {
    const auto id = activation_id(request);
    if (!id) co_return id.error();
    const auto actor = parse_operator(request.body);
    if (!actor) co_return actor.error();
    if (const auto proven = require_two_people(*actor); !proven) co_return proven.error();
    commands::FreeLegacySeat command{*actor, *id};
    const auto done = co_await decide_admin(services, *request.io, std::move(command));
    if (!done) co_return done.error();
    Response response = written(*done);
    response.status = 200;
    co_return response;
}

}  // namespace

void add_legacy_routes(Router& router, LedgerServices& services) {
    using Handler = Awaitable<Result<Response>> (*)(LedgerServices&, Request&);
    const auto add = [&](Route route, Handler handler) {
        route.endpoint = [&services, handler](Request& request) { return handler(services, request); };
        route.audience = Audience::administrator;
        router.add(std::move(route));
    };
    add({.method = Method::post,
         .pattern = "/v1/admin/legacy/seats",
         .endpoint = {},
         .body = BodyKind::json,
         .body_bytes_max = records_body_max},
        reserve_seats);
    add({.pattern = "/v1/admin/legacy/seats", .endpoint = {}, .query = QueryUse::read}, list_seats);
    add({.method = Method::delete_,
         .pattern = "/v1/admin/legacy/seats/{id}",
         .endpoint = {},
         .body = BodyKind::json,
         .body_bytes_max = small_body_max},
        free_seat);
}

}  // namespace api
