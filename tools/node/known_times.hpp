#pragma once
// tools/node/known_times.hpp: times that files bear which outlived a log. A new log begins by the wall clock, for good
// (invariant L11), so it must not begin before what is known to have been.

#include <string>

#include "ledger/core/bytes.hpp"
#include "ledger/core/event.hpp"

namespace node {

class KnownTimes {
 public:
    void add(const std::string& file, ledger::Timestamp at);
    /// @return errc::clock_behind (facts: now, at_least, file)
    [[nodiscard]] ledger::Result<void> check(ledger::Timestamp now) const;

 private:
    ledger::Timestamp newest_{};
    std::string file_;
};

}  // namespace node
