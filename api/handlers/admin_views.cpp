#include "api/handlers/admin_views.hpp"

#include "api/handlers/admin_input.hpp"
#include "api/handlers/seat_answer.hpp"
#include "api/json_text.hpp"
#include "ledger/core/event_codec.hpp"

namespace api {
namespace {

std::string_view name_of(projections::LicenseStatus status) {
    switch (status) {
        case projections::LicenseStatus::live:
            return "live";
        case projections::LicenseStatus::superseded:
            return "superseded";
        case projections::LicenseStatus::revoked:
            return "revoked";
    }
    return "unknown";
}

void write_license(JsonWriter& json, const commands::LicenseView& view) {
    json.begin();
    json.text("license_id", view.terms.license_id);
    json.text("product", view.terms.product);
    json.text("status", name_of(view.status));
    json.boolean("valid_now", view.valid_now);
    json.number("quantity", view.terms.quantity);
    json.number("used", view.used);
    json.number("held", view.held);
    json.number("provisional", view.provisional);
    json.number("unclaimed", view.unclaimed);
    json.number("legacy_reserved", view.legacy);
    json.time("issued_at", view.terms.issued_at);
    json.time("valid_from", view.terms.valid_from);
    if (view.terms.valid_to == ledger::no_end) {
        json.null("valid_to");
    } else {
        json.time("valid_to", view.terms.valid_to);
    }
    json.time("imported_at", view.imported_at);
    json.number("imported_by", view.imported_by.value);
    if (!view.superseded_by.empty()) json.text("superseded_by", view.superseded_by);
    if (!view.revoked_by.empty()) json.text("revoked_by", view.revoked_by);
    if (view.next_seat_free_at) json.time("next_seat_free_at", *view.next_seat_free_at);
    json.end();
}

ledger::Result<void> write_seat(JsonWriter& json, const ledger::LogReader& log, const projections::HeldSeat& held) {
    ACTLEDGER_TRY(const ledger::Bytes first, log.event(held.activated));
    ACTLEDGER_TRY(const auto activated, ledger::peek_event(first));
    ACTLEDGER_TRY(const ledger::Bytes stored, log.event(held.current));
    ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(stored));
    ACTLEDGER_ASSERT(event.seat() != nullptr);
    commands::SeatDecision seat;
    seat.seat = *event.seat();
    seat.current = held.current;
    ACTLEDGER_TRY(const auto annex, log.annex(held.activated));
    json.begin();
    write_activation(json, seat, activated.time);
    for (const ledger::AnnexValue& value : annex) {
        if (value.field == ledger::AnnexField::device_name) json.text("device_name", value.value);
    }
    json.end();
    return {};
}

}  // namespace

Response licenses_response(const std::vector<commands::LicenseView>& views) {
    Response response;
    JsonWriter json(response.body);
    json.begin();
    json.begin_list("licenses");
    for (const auto& view : views) write_license(json, view);
    json.end_list();
    json.end();
    return response;
}

Response setting_response(std::string_view name, std::string_view value) {
    Response response;
    JsonWriter json(response.body);
    json.begin();
    json.text("name", name);
    json.raw("value", value);
    json.end();
    return response;
}

ledger::Result<Response> seats_response(const ledger::LogReader& log, const commands::SeatPage& page) {
    Response response;
    JsonWriter json(response.body);
    json.begin();
    json.begin_list("activations");
    for (const auto& held : page.seats) ACTLEDGER_CHECK(write_seat(json, log, held));
    json.end_list();
    if (page.next) {
        json.text("next_cursor", cursor_text(*page.next));
    } else {
        json.null("next_cursor");
    }
    json.end();
    return response;
}

}  // namespace api
