#pragma once
// tests/support/manual_clock.hpp: clocks that a test sets.

#include <atomic>

#include "ledger/core/signer.hpp"
#include "ledger/core/sizes.hpp"

namespace support {

class ManualClock final : public ledger::Clock {
 public:
    explicit ManualClock(ledger::Timestamp wall) : wall_us_(wall.us) {}
    [[nodiscard]] std::int64_t wall_us() const override { return wall_us_; }
    [[nodiscard]] std::int64_t monotonic_us() const override { return monotonic_us_; }
    /// Time passes.
    void pass(ledger::Duration time) {
        monotonic_us_ += time.us;
        wall_us_ += time.us;
    }
    /// Somebody sets the wall clock.
    void step(ledger::Duration by) { wall_us_ += by.us; }

 private:
    std::atomic<std::int64_t> wall_us_;
    std::atomic<std::int64_t> monotonic_us_{1'000'000};
};

}  // namespace support
