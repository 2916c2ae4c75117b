#include "api/request_metrics.hpp"

#include <algorithm>

namespace api {

void RequestMetrics::count(unsigned status, std::chrono::steady_clock::duration took) {
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bucket = std::lower_bound(bounds_s.begin(), bounds_s.end(), seconds) - bounds_s.begin();
    by_class_[std::clamp(status / 100, 1U, 5U) - 1].fetch_add(1, std::memory_order_relaxed);
    buckets_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(static_cast<std::uint64_t>(seconds * 1e6), std::memory_order_relaxed);
}

}  // namespace api
