#pragma once
// tools/node/system_clock.hpp: the machine's clocks.

#include "ledger/core/signer.hpp"

namespace node {

/// CLOCK_REALTIME and CLOCK_BOOTTIME. Stateless, any thread.
class SystemClock final : public ledger::Clock {
 public:
    [[nodiscard]] std::int64_t wall_us() const override;
    [[nodiscard]] std::int64_t monotonic_us() const override;
};

}  // namespace node
