#include "tools/node/system_clock.hpp"

#include <ctime>

namespace node {
namespace {

std::int64_t read_us(clockid_t clock) {
    timespec now{};
    ACTLEDGER_ASSERT(::clock_gettime(clock, &now) == 0);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

}  // namespace

std::int64_t SystemClock::wall_us() const { return read_us(CLOCK_REALTIME); }
std::int64_t SystemClock::monotonic_us() const { return read_us(CLOCK_BOOTTIME); }

}  // namespace node
