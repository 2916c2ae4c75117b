#include "api/handlers/seat_input.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/errc.hpp"
#include "api/json_text.hpp"
#include "ledger/core/certificate.hpp"
#include "ledger/core/event.hpp"

namespace api {
namespace {

namespace json = boost::json;
using ledger::Error;
using ledger::Result;

constexpr std::size_t public_key_text_max = 1'024;

Error wrong_type(std::string member, std::string expected) {
    return {errc::wrong_type, {}, {{"member", std::move(member)}, {"expected", std::move(expected)}}};
}

Error invalid(std::string member, std::string expected) {
    return {errc::invalid_value, {}, {{"member", std::move(member)}, {"expected", std::move(expected)}}};
}

Result<std::vector<ledger::RawComponent>> read_components(const json::array& list, std::string_view name) {
    if (list.empty() || list.size() > ledger::components_max) {
        return invalid(std::string(name), "a list of 1 to " + std::to_string(ledger::components_max) + " components");
    }
    std::vector<ledger::RawComponent> components;
    components.reserve(list.size());
    for (const json::value& element : list) {
        const json::object* const object = element.if_object();
        if (object == nullptr) return wrong_type(std::string(name), "a list of objects");
        MemberReader reader(*object, {"kind", "value"});
        ledger::RawComponent component{std::string(reader.text("kind")), std::string(reader.text("value"))};
        if (reader.error()) return *reader.error();
        components.push_back(std::move(component));
    }
    return components;
}

std::optional<std::string> owned(std::optional<std::string_view> text) {
    return text ? std::optional(std::string(*text)) : std::nullopt;
}

Result<std::vector<ledger::Bytes>> read_certificates(const json::array& list) {
    const Error wrong = invalid("certificates", "a list of 1 to " + std::to_string(ledger::chain_certificates_max) +
                                                    " certificates, DER in base64");
    if (list.empty() || list.size() > ledger::chain_certificates_max) return wrong;
    std::vector<ledger::Bytes> chain;
    for (const json::value& element : list) {
        const json::string* const text = element.if_string();
        if (text == nullptr) return wrong_type("certificates", "a list of strings");
        // So much base64 is more than a certificate may have: it is not decoded.
        if (text->size() > 2 * ledger::certificate_bytes_max) return wrong;
        auto der = ledger::base64_decode({text->data(), text->size()});
        if (!der || der->empty() || der->size() > ledger::certificate_bytes_max) return wrong;
        chain.push_back(*std::move(der));
    }
    return chain;
}

/// "checkpoint", and the certificates that stand beside it.
Result<std::optional<ShownCheckpoint>> read_checkpoint(MemberReader& reader) {
    const auto note = reader.optional_text("checkpoint");
    const json::array* const certificates = reader.list("certificates", MemberReader::Need::optional);
    if (certificates != nullptr && !note) reader.fail({errc::missing_member, {}, {{"member", "checkpoint"}}});
    if (reader.error()) return *reader.error();
    if (!note) return std::optional<ShownCheckpoint>();
    ShownCheckpoint shown{std::string(*note), {}};
    if (certificates != nullptr) {
        ACTLEDGER_TRY(shown.certificates, read_certificates(*certificates));
    }
    return std::optional(std::move(shown));
}

}  // namespace

Result<ActivateSeatInput> parse_activate_seat(std::string_view body) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    ActivateSeatInput parsed;
    MemberReader reader(*object, {"product", "device", "checkpoint", "certificates", "adopt"});
    parsed.product = reader.text("product");
    ACTLEDGER_TRY(parsed.checkpoint, read_checkpoint(reader));
    parsed.adopt = owned(reader.optional_text("adopt"));
    const json::value* const device_value = reader.value("device", MemberReader::Need::required);
    if (reader.error()) return *reader.error();
    const json::object* const device_object = device_value->if_object();
    if (device_object == nullptr) return wrong_type("device", "an object");

    MemberReader device(*device_object, {"name", "components", "public_key"});
    parsed.device_name = owned(device.optional_text("name"));
    const std::string_view key = device.text("public_key");
    const json::array* const components = device.list("components", MemberReader::Need::required);
    if (device.error()) return *device.error();
    if (key.size() > public_key_text_max) return invalid("device.public_key", "a P-256 public key in base64");
    auto key_bytes = ledger::base64_decode(key);
    if (!key_bytes) return invalid("device.public_key", "base64");
    parsed.public_key = *std::move(key_bytes);
    ACTLEDGER_TRY(parsed.components, read_components(*components, "device.components"));
    return parsed;
}

Result<RenewSeatInput> parse_renew_seat(std::string_view body) {
    RenewSeatInput parsed;
    if (body.empty()) return parsed;
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"components", "checkpoint", "certificates"});
    ACTLEDGER_TRY(parsed.checkpoint, read_checkpoint(reader));
    const json::array* const components = reader.list("components", MemberReader::Need::optional);
    if (reader.error()) return *reader.error();
    if (components != nullptr) {
        ACTLEDGER_TRY(parsed.components, read_components(*components, "components"));
    }
    return parsed;
}

Result<ShownCheckpoint> parse_checkpoint_body(std::string_view body) {
    JsonInput input;
    ACTLEDGER_TRY(const json::object* const object, input.parse(body));
    MemberReader reader(*object, {"checkpoint", "certificates"});
    static_cast<void>(reader.text("checkpoint"));  // here it must be there
    ACTLEDGER_TRY(auto shown, read_checkpoint(reader));
    ACTLEDGER_ASSERT(shown.has_value());
    return *std::move(shown);
}

}  // namespace api
