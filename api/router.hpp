#pragma once
// api/router.hpp: from method and path to an endpoint, and what is the same for all endpoints: who may ask, media
// types, limits, and problems from errors. Routes are listed in api/routes.cpp.

#include <deque>
#include <functional>

#include "api/rate_limit.hpp"
#include "api/request_handler.hpp"
#include "api/request_metrics.hpp"
#include "ledger/core/result.hpp"

namespace api {

/// An endpoint: a small type of its own with input, output and process (api/handlers). Called on any io thread.
using Endpoint = std::function<Awaitable<ledger::Result<Response>>(Request&)>;

enum class BodyKind : std::uint8_t { none, json, octets };
enum class Audience : std::uint8_t { everybody, administrator };
enum class QueryUse : std::uint8_t { refused, read };

struct Route {
    Method method = Method::get;
    std::string_view
        pattern;  ///< "/v1/activations/{id}"; at most one {…}, a whole segment; {…*} at the end: all the rest.
    Endpoint endpoint;
    std::string_view produces = "application/json";
    BodyKind body = BodyKind::none;
    std::uint64_t body_bytes_max = 0;
    Audience audience = Audience::everybody;
    QueryUse query = QueryUse::refused;
};

constexpr std::size_t target_bytes_max = 2'048;

class Router final : public RequestHandler {
 public:
    /// @param by_address  limits the requests of one address.
    /// @param by_key      limits the requests that show one enrolment key, good or not.
    explicit Router(const RatePolicy& by_address, const RatePolicy& by_key = {})
        : limiters_{RateLimiter(by_address), RateLimiter(by_key)} {}
    /// Before the server starts.
    void add(Route route);
    /// What is said of paths below /v1 and /log that have no route, instead of "unknown". Before the server starts.
    /// @param cause  as for problem()
    void explain_absence(ledger::Error reason, std::optional<ledger::Error> cause = std::nullopt) {
        absence_ = std::move(reason);
        absence_cause_ = std::move(cause);
    }

    [[nodiscard]] std::optional<std::uint64_t> admit(Request& request, Response& response) override;
    [[nodiscard]] Awaitable<void> handle(Request& request, Response& response) override;
    void refuse(Refusal refusal, std::uint64_t limit, const Request& request, Response& response) override;

    /// For those who have no connection (the CLI beside a stopped server): admit and handle in one.
    [[nodiscard]] Awaitable<Response> answer(Request& request);

    struct RouteView {
        const Route& route;
        const RequestMetrics& metrics;
    };
    [[nodiscard]] std::vector<RouteView> routes() const;
    /// Requests that never reached a route.
    [[nodiscard]] const RequestMetrics& refused() const { return refused_; }

 private:
    struct Entry {
        Route route;
        RequestMetrics metrics;
    };
    [[nodiscard]] ledger::Result<std::uint64_t> find_route(Request& request, std::string& allow);
    /// Counts the request. @return false when a limit is used up: the response holds the refusal.
    [[nodiscard]] bool within_limits(Request& request, Response& response);
    [[nodiscard]] ledger::Result<void> check_media(const Request& request) const;
    void add_rate_headers(const Request& request, Response& response) const;

    std::deque<Entry> entries_;  // addresses stay
    std::optional<ledger::Error> absence_;
    std::optional<ledger::Error> absence_cause_;
    RequestMetrics refused_;
    std::array<RateLimiter, rate_limit_count> limiters_;  // in the order of Request::rates
};

}  // namespace api
