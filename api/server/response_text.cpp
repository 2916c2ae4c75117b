#include "api/server/response_text.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "ledger/core/result.hpp"

namespace api {
namespace {

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    ACTLEDGER_ASSERT(std::none_of(value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n' || c == 0; }));
    out.append(name).append(": ").append(value).append("\r\n");
}

/// IMF-fixdate (RFC 9110, section 5.6.7), made once a second on each thread.
std::string_view http_date() {
    thread_local std::time_t made_at = -1;
    thread_local std::array<char, 30> text;
    const std::time_t now = std::time(nullptr);
    if (now != made_at) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
        made_at = now;
    }
    return {text.data(), text.size() - 1};
}

}  // namespace

void write_response(std::string& out, const Response& response, std::string_view request_id, Persistence persistence,
                    BodyPart body) {
    const bool has_body = response.status != 304;
    out.clear();
    out.reserve(512 + response.body.size());
    out.append("HTTP/1.1 ");
    append_number(out, response.status);
    out.append(" ").append(reason_phrase(response.status)).append("\r\n");
    append_header(out, "Date", http_date());
    if (has_body) {
        append_header(out, "Content-Type", response.content_type);
        out.append("Content-Length: ");
        append_number(out, response.body.size());
        out.append("\r\n");
    }
    append_header(out, "X-Request-Id", request_id);
    if (response.language) {
        append_header(out, "Content-Language", *response.language == ledger::Language::chinese ? "zh-CN" : "en");
        out.append("Vary: Accept-Language\r\n");
    }
    out.append("X-Content-Type-Options: nosniff\r\n");
    bool cache_said = false;
    for (const auto& [name, value] : response.headers) {
        append_header(out, name, value);
        cache_said = cache_said || name == "Cache-Control";
    }
    if (!cache_said) out.append("Cache-Control: no-store\r\n");
    if (persistence == Persistence::close) out.append("Connection: close\r\n");
    if (persistence == Persistence::keep_said) out.append("Connection: keep-alive\r\n");
    out.append("\r\n");
    if (has_body && body == BodyPart::sent) out.append(response.body);
}

}  // namespace api
