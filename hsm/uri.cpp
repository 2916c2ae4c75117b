#include "hsm/uri.hpp"

#include <charconv>

#include "hsm/errc.hpp"

namespace hsm {
namespace {

using ledger::Error;
using ledger::Result;

constexpr std::string_view scheme = "pkcs11:";
// CK_TOKEN_INFO's fixed fields; a longer value could never match.
constexpr std::size_t label_bytes_max = 32;
constexpr std::size_t manufacturer_bytes_max = 32;
constexpr std::size_t model_bytes_max = 16;
constexpr std::size_t serial_bytes_max = 16;
constexpr std::size_t object_bytes_max = 64;
constexpr std::size_t path_bytes_max = 1024;

Error malformed(std::string detail) { return {errc::uri_malformed, std::move(detail)}; }

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
}

/// RFC 7512: what may stand unescaped in a path attribute, and in a query attribute.
bool is_allowed(char c, bool in_query) {
    return is_unreserved(c) || std::string_view(":[]@!$'()*+,=").find(c) != std::string_view::npos ||
           (in_query ? c == '/' || c == '?' || c == '|' : c == '&');
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Result<std::string> decode(std::string_view text, bool in_query) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            if (!is_allowed(text[i], in_query)) return malformed("a character that must be percent-encoded");
            out += text[i];
            continue;
        }
        const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) return malformed("an incomplete percent-encoding");
        const char byte = static_cast<char>(high << 4 | low);
        if (byte == '\0') return malformed("a zero byte");
        out += byte;
        i += 2;
    }
    return out;
}

void encode(std::string& out, std::string_view text, bool in_query) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        // '=' and '&' are legal inside a value, but other programs split at them.
        if (is_unreserved(c) || c == ':' || (in_query && c == '/')) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
}

Result<void> set(std::optional<std::string>& field, std::string value, std::size_t bytes_max, std::string_view name) {
    if (field) return malformed("attribute " + std::string(name) + " stands twice");
    if (value.empty() || value.size() > bytes_max)
        return malformed("attribute " + std::string(name) + " is empty or too long");
    field = std::move(value);
    return {};
}

Result<void> set_slot_id(std::optional<std::uint64_t>& field, std::string_view value) {
    if (field) return malformed("attribute slot-id stands twice");
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (value.empty() || failure != std::errc() || end != value.data() + value.size()) {
        return malformed("slot-id is not a decimal number");
    }
    field = number;
    return {};
}

Result<void> set_path(std::string& field, std::string value, std::string_view name) {
    if (!field.empty()) return malformed("attribute " + std::string(name) + " stands twice");
    if (value.size() < 2 || value.size() > path_bytes_max || value[0] != '/') {
        return malformed(std::string(name) + " is not an absolute path");
    }
    field = std::move(value);
    return {};
}

Result<void> set_path_attribute(Uri& uri, bool& type_seen, std::string_view name, std::string value) {
    if (name == "token") return set(uri.token, std::move(value), label_bytes_max, name);
    if (name == "manufacturer") return set(uri.manufacturer, std::move(value), manufacturer_bytes_max, name);
    if (name == "model") return set(uri.model, std::move(value), model_bytes_max, name);
    if (name == "serial") return set(uri.serial, std::move(value), serial_bytes_max, name);
    if (name == "object") return set(uri.object, std::move(value), object_bytes_max, name);
    if (name == "slot-id") return set_slot_id(uri.slot_id, value);
    if (name == "type") {
        if (type_seen) return malformed("attribute type stands twice");
        if (value != "private") return malformed("type can only be private");
        type_seen = true;
        return {};
    }
    return Error{errc::uri_unsupported, {}, {{"attribute", std::string(name)}}};
}

Result<void> set_query_attribute(Uri& uri, std::string_view name, std::string value) {
    if (name == "module-path") return set_path(uri.module_path, std::move(value), name);
    if (name == "pin-source") {
        if (value.starts_with("file:")) value.erase(0, 5);
        if (value.starts_with("//")) value.erase(0, 2);  // file:///path: an empty host
        return set_path(uri.pin_source, std::move(value), name);
    }
    if (name == "pin-value") return Error{errc::pin_in_uri};
    return Error{errc::uri_unsupported, {}, {{"attribute", std::string(name)}}};
}

/// Calls `visit(name, decoded value)` for each attribute of one part of the URI.
template <class Visit>
Result<void> for_each_attribute(std::string_view part, char separator, bool in_query, const Visit& visit) {
    while (!part.empty()) {
        const auto end = part.find(separator);
        const auto attribute = part.substr(0, end);
        if (end != part.npos && end + 1 == part.size()) return malformed("a separator with nothing after it");
        part = end == part.npos ? std::string_view{} : part.substr(end + 1);

        const auto equals = attribute.find('=');
        if (equals == attribute.npos || equals == 0) return malformed("an attribute without a name or a value");
        const auto name = attribute.substr(0, equals);
        for (const char c : name) {
            if (!is_unreserved(c)) return malformed("an attribute name with a character outside a-z 0-9 -");
        }
        ACTLEDGER_TRY(auto value, decode(attribute.substr(equals + 1), in_query));
        ACTLEDGER_CHECK(visit(name, std::move(value)));
    }
    return {};
}

}  // namespace

Result<Uri> Uri::parse(std::string_view text) {
    if (text.size() > uri_bytes_max) return malformed("longer than 2,048 bytes");
    if (!text.starts_with(scheme)) return malformed("does not begin with pkcs11:");
    text.remove_prefix(scheme.size());

    const auto question = text.find('?');
    const auto path = text.substr(0, question);
    const auto query = question == text.npos ? std::string_view{} : text.substr(question + 1);
    if (question != text.npos && query.empty()) return malformed("a '?' with nothing after it");

    Uri uri;
    bool type_seen = false;
    ACTLEDGER_CHECK(for_each_attribute(path, ';', false, [&](std::string_view name, std::string value) {
        return set_path_attribute(uri, type_seen, name, std::move(value));
    }));
    ACTLEDGER_CHECK(for_each_attribute(query, '&', true, [&](std::string_view name, std::string value) {
        return set_query_attribute(uri, name, std::move(value));
    }));
    return uri;
}

std::string Uri::text() const {
    std::string out(scheme);
    char separator = '\0';
    const auto add = [&](std::string_view name, std::string_view value, bool in_query) {
        if (separator != '\0') out += separator;
        out += name;
        out += '=';
        encode(out, value, in_query);
        separator = in_query ? '&' : ';';
    };
    if (token) add("token", *token, false);
    if (manufacturer) add("manufacturer", *manufacturer, false);
    if (model) add("model", *model, false);
    if (serial) add("serial", *serial, false);
    if (slot_id) add("slot-id", std::to_string(*slot_id), false);
    if (object) add("object", *object, false);
    if (module_path.empty() && pin_source.empty()) return out;
    separator = '?';
    if (!module_path.empty()) add("module-path", module_path, true);
    if (!pin_source.empty()) add("pin-source", pin_source, true);
    return out;
}

}  // namespace hsm
