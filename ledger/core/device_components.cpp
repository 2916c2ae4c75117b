#include "ledger/core/device_components.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_rules.hpp"

namespace ledger {
namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";

/// What makers leave in the fields that they do not fill in, in normalised spelling. Sorted.
constexpr std::array<std::string_view, 31> placeholders{
    "",
    "0123456789",
    "123456789",
    "1234567890",
    "asset tag",
    "base board serial number",
    "chassis serial number",
    "default",
    "default string",
    "empty",
    "invalid",
    "n/a",
    "na",
    "no asset information",
    "no asset tag",
    "none",
    "not applicable",
    "not available",
    "not present",
    "not specified",
    "null",
    "o.e.m.",
    "oem",
    "serial number",
    "system product name",
    "system serial number",
    "tbd",
    "to be filled by o.e.m.",
    "to be filled by oem",
    "undefined",
    "unknown",
};
static_assert(std::ranges::is_sorted(placeholders));

/// Default UUIDs of board makers, as 32 hex digits.
constexpr std::array<std::string_view, 2> placeholder_uuids{
    "03000200040005000006000700080009",
    "12345678123456789012345678901234",
};

/// A few characters: looking at each is quicker than a call of memchr.
bool is_one_of(char c, std::string_view characters) {
    return std::ranges::any_of(characters, [c](char other) { return other == c; });
}

/// ASCII alone: what other letters' lower case is depends on whom one asks.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Trimmed, lower case, inner runs of white space as one space.
std::string plain_form(std::string_view value) {
    std::string form;
    form.reserve(value.size());
    bool space = false;
    for (const char c : value) {
        if (is_one_of(c, white_space)) {
            space = !form.empty();
            continue;
        }
        if (space) form += ' ';
        space = false;
        form += lower(c);
    }
    return form;
}

/// Takes the `separators` out of `form`, if that leaves exactly `digits` hex digits.
void make_hex_form(std::string& form, std::string_view separators, std::size_t digits) {
    const auto is_separator = [separators](char c) { return is_one_of(c, separators); };
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    std::size_t left = 0;
    for (const char c : form) {
        if (is_separator(c)) continue;
        if (!is_hex(c)) return;
        ++left;
    }
    if (left == digits) std::erase_if(form, is_separator);
}

bool holds_uuid(std::string_view kind) { return kind == "machine_id" || kind.ends_with("uuid"); }

/// All the same character of those that stand for "nothing": 0000-0000, ff:ff:ff, XXXX.
bool is_filler(std::string_view form) {
    char first = '\0';
    for (const char c : form) {
        if (is_one_of(c, " -:._")) continue;
        if (first == '\0') first = c;
        if (c != first || !is_one_of(c, "0fx*?")) return false;
    }
    return true;
}

bool is_kind(std::string_view kind) {
    return !kind.empty() && kind.size() <= component_kind_bytes_max && std::ranges::all_of(kind, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

bool is_value(std::string_view value) {
    return value.size() <= component_value_bytes_max && std::ranges::none_of(value, [](char c) {
               return (static_cast<unsigned char>(c) < 0x20 && !is_one_of(c, white_space)) || c == 0x7f;
           });
}

Error malformed(std::string detail, std::string kind) {
    return {errc::malformed_component, std::move(detail), {{"kind", std::move(kind)}}};
}

}  // namespace

std::optional<std::string> normalise_component(std::string_view kind, std::string_view value) {
    std::string form = plain_form(value);
    if (kind == "mac") make_hex_form(form, ":-.", 12);
    if (holds_uuid(kind)) make_hex_form(form, "-{}", 32);
    if (std::ranges::binary_search(placeholders, std::string_view(form)) || is_filler(form)) return std::nullopt;
    if (std::ranges::find(placeholder_uuids, form) != placeholder_uuids.end()) return std::nullopt;
    return form;
}

Digest component_digest(const Suite& suite, const DeviceSalt& salt, std::string_view kind,
                        std::string_view normalised) {
    std::array<std::uint8_t, sizeof(DeviceSalt) + component_kind_bytes_max + 1> prefix;
    ACTLEDGER_ASSERT(kind.size() <= component_kind_bytes_max);
    auto* end = std::copy(salt.begin(), salt.end(), prefix.data());
    end = std::copy(kind.begin(), kind.end(), end);
    *end++ = 0;
    return suite.hash({prefix.data(), end}, as_bytes(normalised));
}

Result<Components> hash_components(const Suite& suite, const DeviceSalt& salt, std::span<const RawComponent> raw) {
    if (raw.empty() || raw.size() > components_max) {
        return malformed("there must be 1 to 16 components", std::to_string(raw.size()));
    }
    Components components;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        // A name that is not one is not repeated: it could be anything, a value even.
        if (!is_kind(raw[i].kind)) return malformed("a component's kind is not a name", "#" + std::to_string(i + 1));
        if (!is_value(raw[i].value)) return malformed("a component's value is too long or not text", raw[i].kind);
        const auto normalised = normalise_component(raw[i].kind, raw[i].value);
        if (!normalised) continue;
        components.push_back({raw[i].kind, component_digest(suite, salt, raw[i].kind, *normalised)});
    }
    std::ranges::sort(components);
    components.erase(std::unique(components.begin(), components.end()), components.end());
    return components;
}

}  // namespace ledger
