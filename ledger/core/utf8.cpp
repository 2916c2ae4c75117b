#include "ledger/core/utf8.hpp"

#include <algorithm>
#include <array>

namespace ledger {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

/// Whether a terminal shows it as one character of its line, and goes on as before.
bool is_shown(char32_t c) {
    const bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
    const bool separator_or_direction = (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return !control && !separator_or_direction;
}

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) {
        text.remove_prefix(1);
        return lead;
    }
    const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || text.size() <= more) return std::nullopt;
    char32_t code_point = lead & (0x3fU >> more);
    for (std::size_t i = 1; i <= more; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) return std::nullopt;
        code_point = code_point << 6 | (byte(i) & 0x3fU);
    }
    constexpr std::array<char32_t, 4> least{0, 0x80, 0x800, 0x10000};
    const bool surrogate = code_point >= 0xd800 && code_point < 0xe000;
    if (code_point < least[more] || code_point > 0x10ffff || surrogate) return std::nullopt;
    text.remove_prefix(1 + more);
    return code_point;
}

bool is_plain_utf8(std::string_view text) {
    while (!text.empty()) {
        // Most text is ASCII: a run of it is passed in one go.
        const auto other = std::ranges::find_if(text, [](char c) { return static_cast<signed char>(c) <= 0; });
        text.remove_prefix(static_cast<std::size_t>(other - text.begin()));
        if (text.empty()) break;
        const auto code_point = take_code_point(text);
        if (!code_point || *code_point == 0) return false;
    }
    return true;
}

bool is_one_line(std::string_view text) {
    while (!text.empty()) {
        const auto c = take_code_point(text);
        if (!c || !is_shown(*c)) return false;
    }
    return true;
}

std::string as_one_line(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const std::string_view before = text;
        const auto c = take_code_point(text);
        if (!c) text.remove_prefix(1);  // take_code_point leaves the text alone then
        shown += c && is_shown(*c) ? before.substr(0, before.size() - text.size()) : replacement;
    }
    return shown;
}

std::string escape_json_controls(std::string_view json) {
    std::string escaped;
    escaped.reserve(json.size());
    while (!json.empty()) {
        const std::string_view before = json;
        const auto c = take_code_point(json);
        if (!c) json.remove_prefix(1);
        // Below U+0020 is only what stands between values: in its strings JSON escapes them anyway.
        const bool as_it_is = !c || *c < 0x20 || is_shown(*c);
        if (as_it_is) {
            escaped += before.substr(0, before.size() - json.size());
            continue;
        }
        constexpr std::string_view digits = "0123456789abcdef";
        escaped += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) escaped += digits[*c >> shift & 0xfU];
    }
    return escaped;
}

bool is_unicode_space(char32_t c) {
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

}  // namespace ledger
