#pragma once
// api/rate_limit.hpp: how often one address, or one enrolment key, may ask: a fixed window, bounded memory. Any thread.
// Headers: draft-ietf-httpapi-ratelimit-headers-10; ADR: docs/adr/0015-rate-limits.md.

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace api {

/// What becomes of those that come when there are accounts_max of them in a window.
enum class Latecomers : std::uint8_t {
    share,    ///< They share one account.
    go_free,  ///< They are not limited: for names that anybody can make up, so that made-up ones never bar a good one.
};

struct RatePolicy {
    std::string_view name;    ///< For the headers: "address".
    std::uint32_t quota = 0;  ///< In a window; 0: no limit.
    std::chrono::seconds window{60};
    Latecomers latecomers = Latecomers::share;
};

/// By address, and by enrolment key.
constexpr std::size_t rate_limit_count = 2;

struct RateVerdict {
    bool allowed = true;
    std::uint32_t remaining = 0;
    std::int64_t reset_s = 0;  ///< Until the window ends, rounded up.
};

class RateLimiter {
 public:
    using Clock = std::chrono::steady_clock;
    /// Who is told apart in one window.
    static constexpr std::size_t accounts_max = 65'536;

    explicit RateLimiter(const RatePolicy& policy);
    [[nodiscard]] const RatePolicy& policy() const { return policy_; }
    [[nodiscard]] bool limits() const { return policy_.quota != 0; }

    /// Counts one, unless none is left. @param who  a numeric address, as Caller::address, or an enrolment key.
    [[nodiscard]] RateVerdict take(std::string_view who, Clock::time_point now);

    [[nodiscard]] std::string policy_header() const;                           ///< RateLimit-Policy
    [[nodiscard]] std::string state_header(const RateVerdict& verdict) const;  ///< RateLimit

 private:
    void begin_window(Clock::time_point now);
    [[nodiscard]] std::uint32_t& account(std::string_view who);
    [[nodiscard]] RateVerdict verdict(std::uint32_t used, Clock::time_point now, bool allowed) const;

    const RatePolicy policy_;
    std::mutex mutex_;
    Clock::time_point window_began_ = Clock::time_point::min();
    /// By a seeded hash of who asks: no enrolment key is kept.
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> used_;
    const std::uint64_t seed_;
    std::uint32_t used_by_latecomers_ = 0;
};

}  // namespace api
