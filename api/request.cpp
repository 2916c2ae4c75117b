#include "api/request.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstring>

#include "api/errc.hpp"
#include "ledger/core/bytes.hpp"
#include "ledger/core/suite.hpp"
#include "ledger/core/utf8.hpp"

namespace api {
namespace {

constexpr std::size_t request_id_bytes_max = 64;

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// "zh", "zh-CN", "ZH-hans" for "zh".
bool has_primary_tag(std::string_view range, std::string_view tag) {
    if (range.size() < tag.size() || (range.size() > tag.size() && range[tag.size()] != '-')) return false;
    return std::equal(tag.begin(), tag.end(), range.begin(), [](char a, char b) { return a == lower(b); });
}

/// Thousandths; 1000 without a weight, 0 for one that cannot be read.
int weight_of(std::string_view parameters) {
    const auto at = parameters.find("q=");
    if (at == parameters.npos) return 1000;
    parameters.remove_prefix(at + 2);
    if (parameters.empty() || parameters[0] < '0' || parameters[0] > '1') return 0;
    int weight = (parameters[0] - '0') * 1000;
    int digit_value = 100;
    for (std::size_t i = 2; i < parameters.size() && parameters[1] == '.' && digit_value > 0; ++i) {
        if (parameters[i] < '0' || parameters[i] > '9') break;
        weight += (parameters[i] - '0') * digit_value;
        digit_value /= 10;
    }
    return std::min(weight, 1000);
}

}  // namespace

std::string_view name_of(Method method) {
    constexpr std::array<std::string_view, 6> names{"GET", "HEAD", "POST", "PUT", "DELETE", "other"};
    return names[static_cast<std::size_t>(method)];
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        unsigned byte = 0;
        const auto digits = text.substr(i + 1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) return std::nullopt;
        decoded += static_cast<char>(byte);
        i += 2;
    }
    return decoded;
}

ledger::Error unknown_query_parameter(std::string_view name) {
    constexpr std::size_t shown_max = 64;
    const std::string decoded = percent_decode(name).value_or(std::string(name));
    return {errc::unknown_member, {}, {{"member", ledger::as_one_line(decoded.substr(0, shown_max))}}};
}

ledger::Language choose_language(std::string_view accept_language) {
    int english = 0;
    int chinese = 0;
    while (!accept_language.empty()) {
        const auto comma = accept_language.find(',');
        std::string_view item = accept_language.substr(0, comma);
        accept_language.remove_prefix(comma == accept_language.npos ? accept_language.size() : comma + 1);
        const auto semicolon = item.find(';');
        const int weight = semicolon == item.npos ? 1000 : weight_of(item.substr(semicolon + 1));
        const std::string_view range = trim(item.substr(0, semicolon));
        if (has_primary_tag(range, "zh")) chinese = std::max(chinese, weight);
        if (has_primary_tag(range, "en")) english = std::max(english, weight);
    }
    return chinese > english ? ledger::Language::chinese : ledger::Language::english;
}

bool is_request_id(std::string_view text) {
    if (text.empty() || text.size() > request_id_bytes_max) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

std::string make_request_id() {
    static const std::array<std::uint8_t, 8> process = [] {
        std::array<std::uint8_t, 8> bytes{};
        ledger::fill_random(bytes);
        return bytes;
    }();
    static std::atomic<std::uint64_t> count{0};
    std::array<std::uint8_t, 16> bytes{};
    const std::uint64_t number = count.fetch_add(1, std::memory_order_relaxed);
    std::memcpy(bytes.data(), process.data(), process.size());
    for (std::size_t i = 0; i < 8; ++i) bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i) & 0xff);
    return ledger::base32_encode(bytes);
}

std::string_view reason_phrase(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        default:
            return "Unknown";
    }
}

}  // namespace api
