#include "api/handlers/admin_input.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "api/commands/admin_commands.hpp"
#include "api/errc.hpp"
#include "api/json_text.hpp"
#include "ledger/core/time_text.hpp"

namespace api {
namespace {

namespace json = boost::json;
using ledger::Error;
using ledger::Result;

Error invalid(std::string_view member, std::string expected) {
    return {errc::invalid_value, {}, {{"member", std::string(member)}, {"expected", std::move(expected)}}};
}

constexpr std::string_view two_people = "hsm_pin_and_typed_confirmation";

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool canonical = !text.empty() && (text == "0" || text.front() != '0');
    if (!canonical || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Result<ledger::Digest> parse_digest(std::string_view text) {
    const auto bytes = ledger::hex_decode(text);
    if (!bytes || bytes->size() != ledger::Digest::size_bytes) return invalid("digest", "64 hexadecimal digits");
    return ledger::Digest::from(*bytes);
}

Result<AccessKeyInput> read_access_key(MemberReader& reader, std::string_view holder) {
    AccessKeyInput parsed;
    parsed.holder = reader.text(holder);
    const auto expires = reader.optional_text("expires_at");
    if (reader.error()) return *reader.error();
    if (expires) {
        ACTLEDGER_TRY(parsed.expires, parse_any_time(*expires, "expires_at"));
        if (parsed.expires.us <= 0) return invalid("expires_at", "a time to come");  // 0 would mean: never
    }
    return parsed;
}

}  // namespace

Result<ledger::Timestamp> parse_any_time(std::string_view text, std::string_view member) {
    if (const auto exact = ledger::parse_time(text)) return *exact;
    if (const auto seconds = ledger::parse_time_seconds(text)) return *seconds;
    return invalid(member, "a time in UTC like 2027-01-31T00:00:00Z");
}

Result<AccessKeyInput> parse_access_key(std::string_view body, std::string_view holder) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {holder, "expires_at"});
    return read_access_key(reader, holder);
}

Result<KeptKeyInput> parse_kept_key(std::string_view body, std::string_view holder) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"digest", holder, "expires_at"});
    const std::string_view digest = reader.text("digest");
    KeptKeyInput parsed;
    ACTLEDGER_TRY(parsed.key, read_access_key(reader, holder));
    ACTLEDGER_TRY(parsed.digest, parse_digest(digest));
    return parsed;
}

Result<std::string> parse_setting(std::string_view body) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"value"});
    const json::value* const value = reader.value("value", MemberReader::Need::required);
    if (reader.error()) return *reader.error();
    return json::serialize(*value);
}

Result<PageInput> parse_page(std::string_view query) {
    PageInput page;
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view item = query.substr(0, end);
        query.remove_prefix(end == query.npos ? query.size() : end + 1);
        const auto equals = item.find('=');
        const std::string_view name = item.substr(0, equals);
        const std::string_view value = equals == item.npos ? std::string_view{} : item.substr(equals + 1);
        if (name == "limit") {
            const auto limit = parse_number<std::size_t>(value);
            if (!limit || *limit < 1 || *limit > page_limit_max) {
                return invalid("limit", "a number from 1 to " + std::to_string(page_limit_max));
            }
            page.limit = *limit;
        } else if (name == "cursor") {
            const auto cursor = value.starts_with('c') ? parse_number<std::uint32_t>(value.substr(1)) : std::nullopt;
            if (!cursor) return invalid("cursor", "a cursor from the page before");
            page.cursor = *cursor;
        } else {
            return unknown_query_parameter(name);
        }
    }
    return page;
}

std::string cursor_text(std::uint32_t cursor) { return "c" + std::to_string(cursor); }

Result<std::array<std::uint8_t, 16>> parse_key_id(std::string_view text) {
    std::array<std::uint8_t, 16> id{};
    const auto bytes = ledger::hex_decode(text);
    if (!bytes || bytes->size() != id.size()) return invalid("id", "an id of 32 hexadecimal digits");
    std::copy(bytes->begin(), bytes->end(), id.begin());
    return id;
}

Result<ledger::SequenceNumber> parse_sequence_number(std::string_view text) {
    const auto number = parse_number<std::uint64_t>(text);
    if (!number) return invalid("sequence", "the number of an event");
    return ledger::SequenceNumber{*number};
}

Result<ErasureInput> parse_erasure(std::string_view body) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"sequence_number", "field"});
    const json::value* const number = reader.value("sequence_number", MemberReader::Need::required);
    const std::string_view field = reader.text("field");
    if (reader.error()) return *reader.error();
    boost::system::error_code no_number;
    const auto event = number->to_number<std::uint64_t>(no_number);
    if (no_number) return invalid("sequence_number", "the number of an event");
    const auto found = commands::find_annex_field(field);
    if (!found) return invalid("field", "device_name, device_address or operator_name");
    return ErasureInput{{event}, *found};
}

Result<ledger::Actor> operator_with(std::string_view authority) {
    using Authority = ledger::Actor::Authority;
    if (authority == two_people) {
        return ledger::Actor{ledger::Actor::Kind::operator_, Authority::hsm_pin_and_typed_confirmation, {}};
    }
    if (authority == "local_account") {
        return ledger::Actor{ledger::Actor::Kind::operator_, Authority::local_account, {}};
    }
    return invalid("authority", "local_account or hsm_pin_and_typed_confirmation");
}

namespace {

/// The member "authority", which may be missing.
Result<ledger::Actor> read_actor(MemberReader& reader) {
    using Authority = ledger::Actor::Authority;
    ledger::Actor actor{ledger::Actor::Kind::operator_, Authority::local_account, {}};
    const auto authority = reader.optional_text("authority");
    if (reader.error()) return *reader.error();
    return authority ? operator_with(*authority) : actor;
}

}  // namespace

Result<ledger::Actor> parse_operator(std::string_view body) {
    if (body.empty()) return ledger::Actor{ledger::Actor::Kind::operator_, ledger::Actor::Authority::local_account, {}};
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"authority"});
    return read_actor(reader);
}

Result<CollectedFileInput> parse_collected_file(std::string_view body) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"file", "authority"});
    const std::string_view file = reader.text("file");
    ACTLEDGER_TRY(ledger::Actor actor, read_actor(reader));
    return CollectedFileInput{std::string(file), std::move(actor)};
}

Result<SettlementInput> parse_settlement(std::string_view body) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"decision", "authority"});
    const std::string_view decision = reader.text("decision");
    ACTLEDGER_TRY(ledger::Actor actor, read_actor(reader));
    if (decision != "approve" && decision != "refuse") return invalid("decision", "approve or refuse");
    return SettlementInput{decision == "approve", std::move(actor)};
}

Result<FreeingInput> parse_freeing(std::string_view body) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"license_id", "seats", "authority"});
    FreeingInput parsed;
    parsed.license_id = reader.text("license_id");
    const json::value* const seats = reader.value("seats", MemberReader::Need::optional);
    ACTLEDGER_TRY(parsed.actor, read_actor(reader));
    if (seats == nullptr) return parsed;
    boost::system::error_code no_number;
    parsed.seats = seats->to_number<std::uint64_t>(no_number);
    if (no_number || *parsed.seats == 0) return invalid("seats", "a number of seats, 1 or more");
    return parsed;
}

Result<ReportInput> parse_report(std::string_view body) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"at", "digest", "personal_data"});
    ReportInput parsed;
    const std::string_view at = reader.text("at");
    const std::string_view digest = reader.text("digest");
    const json::value* const personal_data = reader.value("personal_data", MemberReader::Need::required);
    if (reader.error()) return *reader.error();
    ACTLEDGER_TRY(parsed.at, parse_any_time(at, "at"));
    ACTLEDGER_TRY(parsed.digest, parse_digest(digest));
    if (!personal_data->is_bool()) return invalid("personal_data", "true or false");
    parsed.personal_data = personal_data->get_bool();
    return parsed;
}

Result<void> require_two_people(const ledger::Actor& actor) {
    if (actor.authority == ledger::Actor::Authority::hsm_pin_and_typed_confirmation) return {};
    return Error{errc::authority_insufficient, {}, {{"authority", std::string(two_people)}}};
}

}  // namespace api
