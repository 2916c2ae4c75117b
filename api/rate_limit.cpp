#include "api/rate_limit.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/functional/hash.hpp>

#include "ledger/core/suite.hpp"

namespace api {

namespace {

std::uint64_t random_seed() {
    std::array<std::uint8_t, 8> bytes{};
    ledger::fill_random(bytes);
    return std::bit_cast<std::uint64_t>(bytes);
}

std::uint64_t hashed(std::string_view who, std::uint64_t seed) {
    std::size_t hash = seed;
    boost::hash_range(hash, who.begin(), who.end());
    return hash;
}

}  // namespace

RateLimiter::RateLimiter(const RatePolicy& policy) : policy_(policy), seed_(random_seed()) {}

void RateLimiter::begin_window(Clock::time_point now) {
    window_began_ = now;
    used_.clear();
    used_by_latecomers_ = 0;
}

std::uint32_t& RateLimiter::account(std::string_view who) {
    const std::uint64_t account = hashed(who, seed_);
    const auto found = used_.find(account);
    if (found != used_.end()) return found->second;
    if (used_.size() < accounts_max) return used_[account];
    if (policy_.latecomers == Latecomers::go_free) used_by_latecomers_ = 0;
    return used_by_latecomers_;
}

RateVerdict RateLimiter::verdict(std::uint32_t used, Clock::time_point now, bool allowed) const {
    const auto left = std::chrono::ceil<std::chrono::seconds>(window_began_ + policy_.window - now).count();
    return {allowed, policy_.quota - std::min(used, policy_.quota), std::max<std::int64_t>(1, left)};
}

RateVerdict RateLimiter::take(std::string_view who, Clock::time_point now) {
    if (!limits()) return {};
    const std::lock_guard lock(mutex_);
    if (window_began_ == Clock::time_point::min() || now - window_began_ >= policy_.window) begin_window(now);
    std::uint32_t& used = account(who);
    const bool allowed = used < policy_.quota;
    if (allowed) ++used;
    return verdict(used, now, allowed);
}

std::string RateLimiter::policy_header() const {
    return "\"" + std::string(policy_.name) + "\";q=" + std::to_string(policy_.quota) +
           ";w=" + std::to_string(policy_.window.count());
}

std::string RateLimiter::state_header(const RateVerdict& verdict) const {
    return "\"" + std::string(policy_.name) + "\";r=" + std::to_string(verdict.remaining) +
           ";t=" + std::to_string(verdict.reset_s);
}

}  // namespace api
