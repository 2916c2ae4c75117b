#pragma once
// tools/bench/load_generator.hpp: many keep-alive connections, each sending its next prepared request as soon as it has
// its answer. Cheap on purpose: requests are bytes before the clock starts, answers are only measured, not parsed
// beyond their length. One thread. Loopback only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ledger/core/result.hpp"

namespace bench {

struct Target {
    std::uint16_t port = 0;  ///< On 127.0.0.1.
    bool tls = false;        ///< The certificate is not looked at: this is a measurement of our own server.
};

struct Load {
    Target target;
    unsigned connections = 1;
    std::uint64_t requests_max = 0;     ///< 0: no limit.
    std::chrono::milliseconds time{0};  ///< Ends then, or when requests_max is reached.
    /// Bytes of request n (0-based); called once each, on the generator's thread, before and between answers.
    std::function<void(std::uint64_t n, std::string& out)> request;
    unsigned expected_status = 201;
};

struct Measured {
    std::uint64_t answers = 0;  ///< With the expected status.
    std::uint64_t others = 0;   ///< With another one.
    std::string first_other;    ///< The first such answer, for the report.
    std::string sample;         ///< The first expected answer, whole.
    double seconds = 0;
    std::vector<std::uint32_t> latencies_us;  ///< Of the expected answers; in no order.

    [[nodiscard]] double per_second() const { return seconds > 0 ? static_cast<double>(answers) / seconds : 0; }
    /// @param share  0.5: the median. @pre answers > 0 (asserted).
    [[nodiscard]] double latency_us(double share) const;
};

/// Blocks until done. Connecting (and TLS handshakes) are not in the measured time.
/// @return errc::target_failed
[[nodiscard]] ledger::Result<Measured> generate(const Load& load);

}  // namespace bench
