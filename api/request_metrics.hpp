#pragma once
// api/request_metrics.hpp: how many requests a route had, how they ended and how long they took. Any thread, no lock.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace api {

class RequestMetrics {
 public:
    /// Upper bounds of the histogram, in seconds; the last bucket is the rest.
    static constexpr std::array<double, 12> bounds_s{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                     0.05,   0.1,   0.25,   0.5,   1.0,  5.0};
    void count(unsigned status, std::chrono::steady_clock::duration took);

    [[nodiscard]] std::uint64_t of_class(unsigned hundreds) const {
        return by_class_[hundreds - 1].load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t in_bucket(std::size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
    [[nodiscard]] double sum_s() const { return static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1e6; }

 private:
    std::array<std::atomic<std::uint64_t>, 5> by_class_{};
    std::array<std::atomic<std::uint64_t>, bounds_s.size() + 1> buckets_{};
    std::atomic<std::uint64_t> sum_us_{0};
};

}  // namespace api
