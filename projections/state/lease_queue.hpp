#pragma once
// projections/state/lease_queue.hpp: the leased seats of one licence, by when they run out.

#include <deque>
#include <optional>

#include "projections/state/seat_records.hpp"

namespace projections {

/// A heap with one entry a leased seat. Renewing a seat does not touch it: an entry that has come to the top is held
/// against its record, and goes back with the new time or is dropped. Entries of seats that are gone are bounded by
/// rebuilding when they are more than the others.
class LeaseQueue {
 public:
    /// The record has just come under this licence (a new generation), with a lease.
    void add(RecordNumber number, const SeatRecord& record);
    /// One that was added is gone or has moved to another licence (its generation has changed already).
    void removed(const SeatRecords& records);

    struct Lease {
        ledger::Timestamp grace_ends;
        RecordNumber record;
    };
    /// The lease that ends first.
    [[nodiscard]] std::optional<Lease> first(const SeatRecords& records);
    /// Those that have ended at `judged`, in order, at most `most`. They stay.
    [[nodiscard]] std::vector<Lease> ended(const SeatRecords& records, ledger::Timestamp judged, std::size_t most);

 private:
    struct Entry {
        std::int64_t grace_ends_us;
        RecordNumber record;
        std::uint32_t generation;
    };
    static bool later(const Entry& a, const Entry& b);
    void push(const Entry& entry);
    Entry pop();
    void settle(const SeatRecords& records);
    void rebuild(const SeatRecords& records);

    std::deque<Entry> heap_;
    std::size_t gone_ = 0;  // entries whose seat is no longer here, at most
};

}  // namespace projections
