#pragma once
// ledger/core/sizes.hpp: positions and times. Each is its own type, so that a count is never taken for a position.

#include <compare>
#include <cstdint>

namespace ledger {

/// Position of an event in the log: 0-based, dense (invariant L1).
struct SequenceNumber {
    std::uint64_t value = 0;
    auto operator<=>(const SequenceNumber&) const = default;
};

/// A count of events: covers sequence numbers [0, value).
struct TreeSize {
    std::uint64_t value = 0;
    auto operator<=>(const TreeSize&) const = default;
};

/// Ledger time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct Timestamp {
    std::int64_t us = 0;
    auto operator<=>(const Timestamp&) const = default;
};

/// A length of time in microseconds; may be negative.
struct Duration {
    std::int64_t us = 0;
    auto operator<=>(const Duration&) const = default;
};

constexpr Duration operator-(Timestamp a, Timestamp b) { return {a.us - b.us}; }
constexpr Timestamp operator+(Timestamp a, Duration b) { return {a.us + b.us}; }
constexpr Timestamp operator-(Timestamp a, Duration b) { return {a.us - b.us}; }
constexpr Duration operator*(Duration a, std::int64_t n) { return {a.us * n}; }

constexpr Duration microsecond{1};
constexpr Duration second{1'000'000};
constexpr Duration minute{60 * second.us};
constexpr Duration hour{60 * minute.us};
constexpr Duration day{24 * hour.us};

/// The event's position, and how many there are once it is in.
constexpr TreeSize size_through(SequenceNumber last) { return {last.value + 1}; }
constexpr SequenceNumber next_of(TreeSize size) { return {size.value}; }

}  // namespace ledger
