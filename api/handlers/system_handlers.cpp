#include "api/handlers/system_handlers.hpp"

#include <algorithm>

#include "api/commands/queries.hpp"
#include "api/errc.hpp"
#include "api/json_text.hpp"
#include "api/openapi_text.hpp"
#include "api/problem.hpp"
#include "api/refused_adoptions.hpp"
#include "api/sequenced.hpp"
#include "api/witness.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;

/// What is wrong, and since when.
struct Trouble {
    Error error;
    std::optional<ledger::Timestamp> since;
    /// Whether new seats are given all the same, and if not, whether that ends with the cause or needs a person.
    enum class Seats : std::uint8_t { given, stopped, stopped_for_good } seats = Seats::given;
};

std::vector<Trouble> find_troubles(const LedgerServices& services) {
    using Seats = Trouble::Seats;
    std::vector<Trouble> troubles;
    const ledger::SequencerStats stats = services.sequencer.stats();
    const HsmHealth hsm = services.health.hsm();
    if (stats.hindrance) troubles.push_back({stats.hindrance->error, stats.hindrance->since, Seats::stopped});
    if (!hsm.ready) {
        troubles.push_back({hsm.why.value_or(Error{errc::starting}), hsm.since,
                            hsm.waits_for_person ? Seats::stopped_for_good : Seats::stopped});
    }
    if (const auto anchor = services.health.anchor()) {
        if (anchor->failing) troubles.push_back({*anchor->failing, anchor->failing_since});
        if (anchor->second_failing) troubles.push_back({*anchor->second_failing, anchor->failing_since});
        if (anchor->second_shared) troubles.push_back({*anchor->second_shared, std::nullopt});
    }
    if (stats.in_doubt_since) troubles.push_back({Error{errc::time_in_doubt}, *stats.in_doubt_since});
    if (const ledger::StorageRoom room = services.room(); room.alarm) {
        troubles.push_back({{errc::disk_nearly_full,
                             {},
                             {{"used_mib", std::to_string(room.used_bytes >> 20)},
                              {"free_mib", std::to_string(room.free_bytes >> 20)}}},
                            std::nullopt});
    }
    for (const MirrorHealth& mirror : services.health.mirrors()) {
        if (mirror.problem) troubles.push_back({*mirror.problem, mirror.since});
    }
    if (const auto snapshots = services.health.snapshots()) {
        for (const Error& problem : snapshots->problems) troubles.push_back({problem, snapshots->since});
    }
    if (const auto models = services.health.read_models(); models && models->failing) {
        troubles.push_back({*models->failing, std::nullopt});
    }
    if (const auto alarm = services.witness.alarm()) {
        troubles.push_back(
            {{errc::checkpoint_unknown,
              {},
              {{"size", std::to_string(alarm->size.value)}, {"server_size", std::to_string(stats.durable.value)}}},
             alarm->since,
             Seats::stopped_for_good});
    }
    return troubles;
}

Awaitable<Result<Response>> healthz(Request&) {
    Response response;
    response.body = R"({"status":"alive"})";
    co_return response;
}

Error not_ready(errc code, const Error& why) { return {code, {}, {{"reason", std::string(why.stable_code())}}}; }

/// The worst of what stops seats: what a person has to settle comes before what passes.
Result<Response> readyz(const SystemServices& services, const Request& request) {
    if (services.refused) {
        return problem(not_ready(errc::needs_operator, *services.refused), request, &*services.refused);
    }
    if (services.ledger == nullptr) return Error{errc::not_initialised};
    const std::vector<Trouble> troubles = find_troubles(*services.ledger);
    const auto worst = std::ranges::max_element(troubles, {}, &Trouble::seats);
    if (worst != troubles.end() && worst->seats == Trouble::Seats::stopped_for_good) {
        return problem(not_ready(errc::needs_operator, worst->error), request, &worst->error);
    }
    if (worst != troubles.end() && worst->seats == Trouble::Seats::stopped) {
        const Error cause = with_cause(services.ledger->health, worst->error);
        return problem(not_ready(errc::degraded, worst->error), request, &cause);
    }
    Response response;
    response.body = R"({"status":"serving"})";
    return response;
}

/// Seats of one product.
struct ProductUse {
    std::string product;
    std::uint64_t used = 0;
    std::uint64_t unclaimed = 0;  ///< Of those used.
    std::uint64_t limit = 0;
};

struct StateView {
    commands::StateSummary summary;
    std::vector<ProductUse> products;
};

Result<StateView> view_state(const commands::Context& context) {
    StateView view{commands::summarise(context), {}};
    for (const commands::LicenseView& license : commands::list_licenses(context)) {
        const auto same = [&](const ProductUse& use) { return use.product == license.terms.product; };
        auto use = std::find_if(view.products.begin(), view.products.end(), same);
        if (use == view.products.end()) {
            use = view.products.insert(view.products.end(), ProductUse{license.terms.product});
        }
        if (!license.valid_now) continue;
        use->used += license.used;
        use->unclaimed += license.unclaimed;
        use->limit += license.terms.quantity;
    }
    return view;
}

void write_troubles(JsonWriter& json, const std::vector<Trouble>& troubles, ledger::Language language) {
    json.begin_list("problems");
    for (const Trouble& trouble : troubles) {
        json.begin();
        json.text("code", trouble.error.stable_code());
        json.text("detail", trouble.error.sentence(language));
        json.text("remedy", trouble.error.remedy(language));
        if (trouble.since) json.time("since", *trouble.since);
        json.end();
    }
    json.end_list();
}

void write_hsm(JsonWriter& json, const HealthSource& health) {
    const HsmHealth hsm = health.hsm();
    json.begin("hsm");
    json.text("state", hsm.state);
    json.time("since", hsm.since);
    json.text("token_label", hsm.token_label);
    json.text("token_serial", hsm.token_serial);
    json.number("signatures", hsm.signatures);
    json.number("restarts", hsm.restarts);
    json.end();
    const auto anchor = health.anchor();
    if (!anchor) return json.null("anchor");
    json.begin("anchor");
    json.number("counter", anchor->counter);
    json.number("size", anchor->anchored.value);
    if (anchor->written_at.us != 0) json.time("written_at", anchor->written_at);
    json.end();
}

/// The newest ones: what `actledger time undo` needs a number of.
void write_confirmations(JsonWriter& json, const std::vector<projections::TimeConfirmation>& confirmations) {
    constexpr std::size_t shown_max = 16;
    json.begin_list("confirmations");
    const std::size_t first = confirmations.size() - std::min(confirmations.size(), shown_max);
    for (const projections::TimeConfirmation& confirmation : std::span(confirmations).subspan(first)) {
        json.begin();
        json.number("sequence_number", confirmation.number.value);
        json.time("wall_time", confirmation.wall_time);
        json.number("moved_forward_s", static_cast<std::uint64_t>(confirmation.jump.us / ledger::second.us));
        if (confirmation.undone_by) json.number("undone_by", confirmation.undone_by->value);
        json.end();
    }
    json.end_list();
}

void write_mirrors(JsonWriter& json, const HealthSource& health) {
    json.begin_list("mirrors");
    for (const MirrorHealth& mirror : health.mirrors()) {
        json.begin();
        json.text("folder", mirror.folder);
        json.number("size", mirror.size.value);
        json.number("behind", mirror.behind);
        json.number("lag_ms", static_cast<std::uint64_t>(mirror.lag.us) / 1'000);
        if (mirror.written_at.us != 0) json.time("written_at", mirror.written_at);
        json.boolean("well", !mirror.problem);
        json.end();
    }
    json.end_list();
}

void write_snapshots(JsonWriter& json, const HealthSource& health) {
    const auto snapshots = health.snapshots();
    if (!snapshots || snapshots->newest.value == 0) return json.null("snapshot");
    json.begin("snapshot");
    json.number("size", snapshots->newest.value);
    if (snapshots->made_at.us != 0) json.time("made_at", snapshots->made_at);
    json.end();
}

void write_read_models(JsonWriter& json, const HealthSource& health) {
    const auto models = health.read_models();
    if (!models) return json.null("read_models");
    json.begin("read_models");
    json.number("size", models->applied.value);
    json.end();
}

/// What was lost, for as long as the ledger lives: a gap is not forgotten because the server is well again.
void write_incarnations(JsonWriter& json, const ledger::Incarnations& incarnations) {
    json.begin_list("incarnations");
    for (const ledger::Incarnation& one : incarnations.opened()) {
        json.begin();
        json.number("incarnation", one.number);
        json.number("opened_by", one.opened_by.value);
        json.text("reason", ledger::reason_name(one.reason));
        json.number("kept_size", one.kept().value);
        if (one.known) json.number("known_size", one.known->head.size.value);
        if (one.known && one.kept() < one.known->head.size) {
            json.begin("missing");
            json.number("first", one.kept().value);
            json.number("last", one.known->head.size.value - 1);
            json.end();
        }
        if (one.end_unknown()) json.boolean("end_unknown", true);
        json.end();
    }
    json.end_list();
}

/// @param view  nothing while the newest decision waits for the card or the disk: what is not durable is not shown.
void write_ledger(JsonWriter& json, const LedgerServices& services, const std::optional<StateView>& view) {
    const ledger::SequencerStats stats = services.sequencer.stats();
    json.text("server_id", services.origin.server_id);
    json.text("origin", services.origin.text());
    write_incarnations(json, services.incarnations);
    json.number("size", stats.durable.value);
    json.begin("time");
    json.time("ledger", stats.ledger_time);
    json.boolean("in_doubt", stats.in_doubt_since.has_value());
    if (stats.in_doubt_since) json.time("in_doubt_since", *stats.in_doubt_since);
    if (view) write_confirmations(json, view->summary.confirmations);
    json.end();
    write_hsm(json, services.health);
    write_mirrors(json, services.health);
    write_snapshots(json, services.health);
    write_read_models(json, services.health);
    json.number("queued", stats.queued);
    if (!view) return;
    json.begin_list("products");
    for (const ProductUse& use : view->products) {
        json.begin();
        json.text("product", use.product);
        json.number("used", use.used);
        json.number("unclaimed", use.unclaimed);
        json.number("limit", use.limit);
        json.end();
    }
    json.end_list();
    json.number("seats_held", view->summary.seats_held);
    json.begin("recovery");
    json.number("unconfirmed", view->summary.unconfirmed);
    json.number("provisional", view->summary.provisional);
    json.number("adopted", view->summary.adopted);
    json.number("pending", view->summary.pending);
    if (view->summary.free_after) json.time("free_after", *view->summary.free_after);
    json.begin("refused");
    for (const auto& [code, count] : services.refused_adoptions.by_code()) json.number(code, count);
    json.end();
    json.end();
    json.boolean("open_enrolment", view->summary.open_enrolment);
}

Awaitable<Result<Response>> status(const SystemServices& services, Request& request) {
    std::vector<Trouble> troubles;
    std::optional<StateView> view;
    if (services.ledger == nullptr) {
        troubles.push_back({services.refused.value_or(Error{errc::not_initialised}), services.started_at,
                            Trouble::Seats::stopped_for_good});
    } else {
        troubles = find_troubles(*services.ledger);
        // Without it the status still says what is wrong: that is when it is asked for.
        auto asked_view = co_await asked<StateView>(*services.ledger, *request.io, view_state);
        if (asked_view) view = *std::move(asked_view);
    }
    Response response;
    response.language = request.language;
    JsonWriter json(response.body);
    json.begin();
    json.text("status", services.ledger == nullptr && !services.refused ? "not_initialised"
                        : troubles.empty()                              ? "serving"
                                                                        : "degraded");
    json.text("version", ACTLEDGER_VERSION);
    json.time("started_at", services.started_at);
    json.time("now", {services.clock.wall_us()});
    write_troubles(json, troubles, request.language);
    if (services.ledger != nullptr) write_ledger(json, *services.ledger, view);
    json.end();
    co_return response;
}

}  // namespace

void add_system_routes(Router& router, const SystemServices& services) {
    router.add({.pattern = "/healthz", .endpoint = healthz});
    router.add({.pattern = "/readyz", .endpoint = [services](Request& request) -> Awaitable<Result<Response>> {
                    co_return readyz(services, request);
                }});
    router.add(
        {.pattern = "/v1/status", .endpoint = [services](Request& request) { return status(services, request); }});
    router.add({.pattern = "/metrics",
                .endpoint = [services](Request&) -> Awaitable<Result<Response>> {
                    Response response;
                    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                    response.body = metrics_text(services);
                    co_return response;
                },
                .produces = "text/plain; version=0.0.4; charset=utf-8"});
    router.add({.pattern = "/openapi.json", .endpoint = [](Request&) -> Awaitable<Result<Response>> {
                    Response response;
                    response.body = openapi_text();
                    response.add_header("Cache-Control", "no-cache");
                    co_return response;
                }});
}

}  // namespace api
