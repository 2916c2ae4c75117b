#include "api/json_text.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>
#include <cstring>

#include "api/errc.hpp"
#include "ledger/core/time_text.hpp"

namespace api {
namespace {

namespace json = boost::json;
using ledger::Error;
using ledger::Result;

constexpr std::size_t depth_max = 4;

/// Length of the well-formed UTF-8 sequence at the start; 0 if there is none (RFC 3629, section 4).
std::size_t sequence_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = at(0);
    std::size_t length = 0;
    if (first < 0x80) {
        length = 1;
    } else if (first >= 0xc2 && first < 0xf5) {
        length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    }
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80) return 0;
    }
    if ((first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f)) return 0;
    if ((first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f)) return 0;
    return length;
}

bool is_plain(char c) { return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\' && (c & 0x80) == 0; }

/// How many characters at the start are plain; eight at a time, because most of an answer is an activation file.
std::size_t plain_length(std::string_view text) {
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
    constexpr std::uint64_t tops = ones * 0x80;
    const auto has_zero_byte = [](std::uint64_t bytes) { return (bytes - ones) & ~bytes & tops; };
    std::size_t length = 0;
    for (std::uint64_t bytes = 0; length + sizeof bytes <= text.size(); length += sizeof bytes) {
        std::memcpy(&bytes, text.data() + length, sizeof bytes);
        const std::uint64_t control = (bytes - ones * ' ') & ~bytes;
        const std::uint64_t special =
            control | bytes | has_zero_byte(bytes ^ ones * '"') | has_zero_byte(bytes ^ ones * '\\');
        if ((special & tops) != 0) break;
    }
    while (length < text.size() && is_plain(text[length])) ++length;
    return length;
}

/// Members in all, counted in the text: each has one colon outside strings. @pre the text is well formed.
std::size_t count_colons(std::string_view text) {
    std::size_t count = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == ':') {
            ++count;
        }
    }
    return count;
}

/// Members in all, as parsed: a repeated one counts once. Recursion is bounded by depth_max.
std::size_t count_members(const json::value& value) {  // NOLINT(misc-no-recursion)
    std::size_t count = 0;
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) count += 1 + count_members(member.value());
    } else if (const auto* list = value.if_array()) {
        for (const auto& element : *list) count += count_members(element);
    }
    return count;
}

Error malformed(std::string problem) { return {errc::malformed_json, {}, {{"problem", std::move(problem)}}}; }

Error about(errc code, std::string_view member, std::string_view expected = {}) {
    std::vector<ledger::Fact> facts{{"member", std::string(member)}};
    if (!expected.empty()) facts.push_back({"expected", std::string(expected)});
    return {code, {}, std::move(facts)};
}

std::string_view view_of(const json::string& text) { return {text.data(), text.size()}; }

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += '"';
    while (!text.empty()) {
        const std::size_t plain = plain_length(text);
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const char c = text[0];
        const std::size_t length = sequence_length(text);
        if (length == 0) {
            out += "\xef\xbf\xbd";
        } else if (c == '"' || c == '\\') {
            out.append(1, '\\').append(1, c);
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < ' ') {
            out.append("\\u00").append(1, digits[static_cast<unsigned char>(c) >> 4]).append(1, digits[c & 15]);
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

void JsonWriter::name(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    if (name.empty()) return;
    out_.append(1, '"').append(name).append("\":");
}

void JsonWriter::open(std::string_view member, char bracket) {
    name(member);
    out_ += bracket;
    first_ = true;
}

void JsonWriter::close(char bracket) {
    out_ += bracket;
    first_ = false;
}

void JsonWriter::text(std::string_view member, std::string_view value) {
    name(member);
    append_json_string(out_, value);
}

void JsonWriter::number(std::string_view member, std::uint64_t value) {
    name(member);
    std::array<char, 20> digits;
    out_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void JsonWriter::boolean(std::string_view member, bool value) {
    name(member);
    out_ += value ? "true" : "false";
}

void JsonWriter::null(std::string_view member) {
    name(member);
    out_ += "null";
}

void JsonWriter::raw(std::string_view member, std::string_view json_text) {
    name(member);
    out_ += json_text;
}

void JsonWriter::time(std::string_view member, ledger::Timestamp value) {
    name(member);
    out_.append(1, '"').append(ledger::time_text(value)).append(1, '"');
}

Result<const json::object*> JsonInput::parse(std::string_view body) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = depth_max;
    value_.emplace(json::parse({body.data(), body.size()}, error, &resource_, options));
    if (error) return malformed(error.message());
    const json::object* const object = value_->if_object();
    if (object == nullptr) return malformed("it is something else");
    if (count_colons(body) != count_members(*value_)) return malformed("a member stands there twice");
    return object;
}

MemberReader::MemberReader(const json::object& object, std::initializer_list<std::string_view> known)
    : object_(object) {
    for (const auto& member : object) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::find(known.begin(), known.end(), name) == known.end()) fail(about(errc::unknown_member, name));
    }
}

const json::value* MemberReader::value(std::string_view name, Need need) {
    const json::value* const found = object_.if_contains({name.data(), name.size()});
    if (found == nullptr && need == Need::required) fail(about(errc::missing_member, name));
    return found;
}

std::string_view MemberReader::text(std::string_view name) {
    const json::value* const found = value(name, Need::required);
    if (found == nullptr) return {};
    if (const auto* text = found->if_string()) return view_of(*text);
    fail(about(errc::wrong_type, name, "a string"));
    return {};
}

std::optional<std::string_view> MemberReader::optional_text(std::string_view name) {
    if (value(name, Need::optional) == nullptr) return std::nullopt;
    return text(name);
}

const json::array* MemberReader::list(std::string_view name, Need need) {
    const json::value* const found = value(name, need);
    if (found == nullptr) return nullptr;
    if (const auto* list = found->if_array()) return list;
    fail(about(errc::wrong_type, name, "a list"));
    return nullptr;
}

}  // namespace api
