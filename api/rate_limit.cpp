#include "api/rate_limit.hpp"

#include <algorithm>

namespace api {

std::uint32_t& RateLimiter::account(const std::string& address, Clock::time_point now) {
    if (window_began_ == Clock::time_point::min() || now - window_began_ >= policy_.window) {
        window_began_ = now;
        used_.clear();
        used_by_others_ = 0;
    }
    const auto found = used_.find(address);
    if (found != used_.end()) return found->second;
    if (used_.size() >= addresses_max) return used_by_others_;
    return used_[address];
}

RateVerdict RateLimiter::verdict(std::uint32_t used, Clock::time_point now, bool allowed) const {
    const auto left = std::chrono::ceil<std::chrono::seconds>(window_began_ + policy_.window - now).count();
    return {allowed, policy_.quota - std::min(used, policy_.quota), std::max<std::int64_t>(1, left)};
}

RateVerdict RateLimiter::take(const std::string& address, Clock::time_point now) {
    if (!limits()) return {};
    const std::lock_guard lock(mutex_);
    std::uint32_t& used = account(address, now);
    const bool allowed = used < policy_.quota;
    if (allowed) ++used;
    return verdict(used, now, allowed);
}

RateVerdict RateLimiter::look(const std::string& address, Clock::time_point now) {
    if (!limits()) return {};
    const std::lock_guard lock(mutex_);
    const std::uint32_t used = account(address, now);
    return verdict(used, now, used < policy_.quota);
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
