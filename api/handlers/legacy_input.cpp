#include "api/handlers/legacy_input.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/errc.hpp"
#include "api/handlers/admin_input.hpp"
#include "api/json_text.hpp"

namespace api {
namespace {

namespace json = boost::json;
using ledger::Error;
using ledger::Result;

Error invalid(std::string_view member, std::string expected) {
    return {errc::invalid_value, {}, {{"member", std::string(member)}, {"expected", std::move(expected)}}};
}

/// "mac=00:16:3e:01:02:03": the kind ends at the first '='.
Result<ledger::RawComponent> read_component(const json::value& value) {
    if (!value.is_string()) return invalid("records.components", "a list of texts like mac=00:16:3e:01:02:03");
    const std::string_view text = value.get_string();
    const auto equals = text.find('=');
    if (equals == text.npos) return invalid("records.components", "a list of texts like mac=00:16:3e:01:02:03");
    return ledger::RawComponent{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Result<commands::LegacyRecord> read_record(const json::value& value) {
    if (!value.is_object()) return invalid("records", "a list of objects");
    MemberReader reader(value.get_object(), {"key", "components", "device_name", "activated_at"});
    commands::LegacyRecord record;
    record.key = reader.text("key");
    const auto name = reader.optional_text("device_name");
    const auto activated = reader.optional_text("activated_at");
    const json::array* const components = reader.list("components", MemberReader::Need::required);
    if (reader.error()) return *reader.error();
    if (name) record.device_name = std::string(*name);
    if (activated) {
        ACTLEDGER_TRY(record.activated_at, parse_any_time(*activated, "records.activated_at"));
    }
    for (const json::value& component : *components) {
        ACTLEDGER_TRY(auto read, read_component(component));
        record.components.push_back(std::move(read));
    }
    return record;
}

}  // namespace

Result<LegacySeatsInput> parse_legacy_seats(std::string_view body) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"authority", "product", "reserved_until", "records"});
    LegacySeatsInput parsed;
    const std::string_view authority = reader.text("authority");
    parsed.product = reader.text("product");
    const std::string_view until = reader.text("reserved_until");
    const json::array* const records = reader.list("records", MemberReader::Need::required);
    if (reader.error()) return *reader.error();
    ACTLEDGER_TRY(parsed.actor, operator_with(authority));
    ACTLEDGER_TRY(parsed.reserved_until, parse_any_time(until, "reserved_until"));
    if (records->empty() || records->size() > commands::legacy_rows_max) {
        return invalid("records", "a list of 1 to " + std::to_string(commands::legacy_rows_max));
    }
    for (const json::value& record : *records) {
        ACTLEDGER_TRY(auto read, read_record(record));
        parsed.records.push_back(std::move(read));
    }
    return parsed;
}

}  // namespace api
