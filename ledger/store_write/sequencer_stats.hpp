#pragma once
// ledger/store_write/sequencer_stats.hpp: what the write path says of itself, for status and metrics. Plain values.

#include <array>
#include <cstdint>
#include <optional>

#include "ledger/core/result.hpp"
#include "ledger/core/sizes.hpp"

namespace ledger {

/// Counts of durations. Bucket i holds those of at most 2^i microseconds that no smaller bucket holds; the last one the
/// rest as well.
struct MicrosHistogram {
    static constexpr std::size_t bucket_count = 25;  ///< The last bound is 2^24 us, about 17 s.
    std::array<std::uint64_t, bucket_count> buckets{};
    std::uint64_t count = 0;
    std::uint64_t sum_us = 0;
    void add(std::uint64_t us);
};

/// Why nothing can be written now.
struct WriteHindrance {
    Error error;      ///< errc::signer_unavailable (detail: the signer's own), disk_full, storage_failed
    Timestamp since;  ///< Wall clock.
};

struct SequencerStats {
    std::size_t queued = 0;                   ///< Tasks that wait to be decided now.
    std::uint64_t accepted = 0;               ///< Tasks since the start.
    std::uint64_t refused = 0;                ///< By a full queue.
    std::uint64_t groups = 0;                 ///< Committed since the start.
    std::uint64_t events = 0;                 ///< The same.
    TreeSize durable;                         ///< The log's size, as released.
    std::uint64_t group_events_last = 0;      ///< Of the last committed group.
    MicrosHistogram signing;                  ///< One signature of a head.
    MicrosHistogram sync;                     ///< One durable commit.
    std::optional<WriteHindrance> hindrance;  ///< Empty: serving.
    std::optional<Timestamp> in_doubt_since;  ///< Ledger time of TimePutInDoubt, or of the start that found it open.
    Timestamp ledger_time;                    ///< As of the last group or the last second.
    Duration wall_ahead;                      ///< Wall clock less ledger time, at the same moment.
};

}  // namespace ledger
