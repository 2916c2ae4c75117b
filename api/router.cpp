#include "api/router.hpp"

#include <algorithm>

#include "api/credentials.hpp"
#include "api/errc.hpp"
#include "api/log.hpp"
#include "api/problem.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;

/// @return what stands for {…}, empty if there is none in the pattern; nothing if the path is another.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
    const auto open = pattern.find('{');
    if (open == pattern.npos) return pattern == path ? std::optional(std::string_view{}) : std::nullopt;
    if (pattern.ends_with("*}")) {
        const bool below = path.size() > open && path.substr(0, open) == pattern.substr(0, open);
        return below ? std::optional(path.substr(open)) : std::nullopt;
    }
    const auto rest = pattern.substr(pattern.find('}') + 1);
    if (path.size() < open + 1 + rest.size() || path.substr(0, open) != pattern.substr(0, open)) return std::nullopt;
    const auto parameter = path.substr(open, path.size() - open - rest.size());
    if (path.substr(path.size() - rest.size()) != rest || parameter.find('/') != parameter.npos) return std::nullopt;
    return parameter;
}

/// What a reader calls it. The text of another method is HTTP's own (a token), and as long as somebody likes.
std::string name_of_method(const Request& request) {
    constexpr std::size_t shown_max = 32;
    const std::string_view sent = request.method_text.substr(0, shown_max);
    return std::string(request.method == Method::other && !sent.empty() ? sent : name_of(request.method));
}

bool serves(const Route& route, Method method) {
    return route.method == method || (route.method == Method::get && method == Method::head);
}

/// The type and subtype of a media type, without parameters.
std::string_view media_type(std::string_view text) {
    std::string_view type = text.substr(0, text.find(';'));
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    while (!type.empty() && type.front() == ' ') type.remove_prefix(1);
    return type;
}

bool same_type(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return x == y || (x >= 'A' && x <= 'Z' && x + ('a' - 'A') == y);
           });
}

/// RFC 9110, section 12.5.1. Weights are not looked at: there is one representation, taken or not.
bool accepts(std::string_view accept, std::string_view produced) {
    if (accept.empty() || accept == "*/*") return true;
    const std::string_view type = media_type(produced);
    while (!accept.empty()) {
        const auto comma = accept.find(',');
        const std::string_view range = media_type(accept.substr(0, comma));
        accept.remove_prefix(comma == accept.npos ? accept.size() : comma + 1);
        if (range == "*/*" || same_type(range, type)) return true;
        if (range.size() > 2 && range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1))) {
            return true;
        }
    }
    return false;
}

std::string_view expected_type(BodyKind kind) {
    return kind == BodyKind::octets ? "application/octet-stream" : "application/json";
}

Error refusal_error(Refusal refusal, std::uint64_t limit) {
    std::vector<ledger::Fact> facts{{"limit_bytes", std::to_string(limit)}};
    switch (refusal) {
        case Refusal::malformed:
            return Error{errc::malformed_request};
        case Refusal::header_too_large:
            return {errc::header_too_large, {}, std::move(facts)};
        case Refusal::body_too_large:
            return {errc::body_too_large, {}, std::move(facts)};
        case Refusal::too_slow:
            return Error{errc::request_timeout};
    }
    return Error{errc::internal_error};
}

}  // namespace

void Router::add(Route route) {
    entries_.emplace_back();
    entries_.back().route = std::move(route);
}

Result<std::uint64_t> Router::find_route(Request& request, std::string& allow) {
    if (request.repeated_header || request.path.empty() || request.path.front() != '/' ||
        request.path.size() + request.query.size() > target_bytes_max) {
        return Error{errc::malformed_request};
    }
    for (Entry& entry : entries_) {
        const auto parameter = match(entry.route.pattern, request.path);
        if (!parameter) continue;
        if (!serves(entry.route, request.method)) {
            allow.append(allow.empty() ? "" : ", ").append(name_of(entry.route.method));
            if (entry.route.method == Method::get) allow.append(", HEAD");
            continue;
        }
        if (entry.route.audience == Audience::administrator && request.caller->transport != Caller::Transport::local) {
            return Error{errc::local_only};
        }
        request.route = &entry.route;
        request.metrics = &entry.metrics;
        auto decoded = percent_decode(*parameter);
        if (!decoded) return Error{errc::malformed_request};
        request.parameter = *std::move(decoded);
        return entry.route.body_bytes_max;
    }
    if (allow.empty() && absence_ && (request.path.starts_with("/v1/") || request.path.starts_with("/log/"))) {
        return *absence_;
    }
    if (allow.empty()) return Error{errc::unknown_resource};
    return Error{errc::method_not_allowed, {}, {{"method", name_of_method(request)}, {"allow", allow}}};
}

std::optional<std::uint64_t> Router::admit(Request& request, Response& response) {
    request.language = choose_language(request.header(Header::accept_language));
    if (within_limits(request, response)) {
        std::string allow;
        const auto found = find_route(request, allow);
        if (found) return *found;
        const bool absent = absence_ && found.error().code == absence_->code;
        response = problem(found.error(), request, absent && absence_cause_ ? &*absence_cause_ : nullptr);
        if (response.status == 405) response.add_header("Allow", std::move(allow));
        add_rate_headers(request, response);
    }
    refused_.count(response.status, {});
    return std::nullopt;
}

bool Router::within_limits(Request& request, Response& response) {
    const auto now = IoThread::now();
    std::array<std::string_view, rate_limit_count> who{request.caller->address, {}};
    if (limiters_[1].limits()) who[1] = bearer_key(request.header(Header::authorization));
    for (std::size_t i = 0; i < limiters_.size(); ++i) {
        if (!limiters_[i].limits() || who[i].empty()) continue;
        const RateVerdict verdict = limiters_[i].take(who[i], now);
        request.rates[i] = verdict;
        if (verdict.allowed) continue;
        response = problem(Error{errc::rate_limited}, request);
        response.add_header("Retry-After", std::to_string(verdict.reset_s));
        add_rate_headers(request, response);
        return false;  // what an address may not ask uses up no key's quota
    }
    return true;
}

Result<void> Router::check_media(const Request& request) const {
    const Route& route = *request.route;
    if (!request.query.empty() && route.query == QueryUse::refused) {
        return unknown_query_parameter(request.query.substr(0, request.query.find_first_of("=&")));
    }
    if (!request.body.empty()) {
        const std::string_view expected = expected_type(route.body);
        if (!same_type(media_type(request.header(Header::content_type)), expected)) {
            return Error{errc::unsupported_media_type, {}, {{"expected", std::string(expected)}}};
        }
    }
    if (!accepts(request.header(Header::accept), route.produces)) {
        return Error{errc::not_acceptable, {}, {{"content_type", std::string(route.produces)}}};
    }
    return {};
}

Awaitable<void> Router::handle(Request& request, Response& response) {
    const auto began = IoThread::now();
    const auto fits = check_media(request);
    if (!fits) {
        response = problem(fits.error(), request);
    } else {
        try {
            auto result = co_await request.route->endpoint(request);
            response = result ? *std::move(result) : problem(result.error(), request);
        } catch (const std::exception& exception) {
            response = problem(Error{errc::internal_error, exception.what()}, request);
        }
    }
    add_rate_headers(request, response);
    request.metrics->count(response.status, IoThread::now() - began);
}

void Router::refuse(Refusal refusal, std::uint64_t limit, const Request& request, Response& response) {
    response = problem(refusal_error(refusal, limit), request);
    refused_.count(response.status, {});
}

Awaitable<Response> Router::answer(Request& request) {
    Response response;
    const auto limit = admit(request, response);
    if (limit && request.body.size() > *limit) {
        refuse(Refusal::body_too_large, *limit, request, response);
    } else if (limit) {
        co_await handle(request, response);
    }
    co_return response;
}

void Router::add_rate_headers(const Request& request, Response& response) const {
    std::string policies;
    std::string states;
    for (std::size_t i = 0; i < limiters_.size(); ++i) {
        if (!request.rates[i]) continue;
        policies.append(policies.empty() ? "" : ", ").append(limiters_[i].policy_header());
        states.append(states.empty() ? "" : ", ").append(limiters_[i].state_header(*request.rates[i]));
    }
    if (policies.empty()) return;
    response.add_header("RateLimit-Policy", std::move(policies));
    response.add_header("RateLimit", std::move(states));
}

std::vector<Router::RouteView> Router::routes() const {
    std::vector<RouteView> views;
    for (const Entry& entry : entries_) views.push_back({entry.route, entry.metrics});
    return views;
}

}  // namespace api
