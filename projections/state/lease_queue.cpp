#include "projections/state/lease_queue.hpp"

#include <algorithm>

namespace projections {

namespace {
constexpr std::size_t gone_tolerated = 1'024;
}

bool LeaseQueue::later(const Entry& a, const Entry& b) {
    // Ties in the order of records would depend on how the records came to be numbered; whoever needs an order of ties
    // sorts what is handed out.
    return a.grace_ends_us > b.grace_ends_us;
}

void LeaseQueue::push(const Entry& entry) {
    heap_.push_back(entry);
    std::ranges::push_heap(heap_, later);
}

LeaseQueue::Entry LeaseQueue::pop() {
    std::ranges::pop_heap(heap_, later);
    const Entry entry = heap_.back();
    heap_.pop_back();
    return entry;
}

void LeaseQueue::add(RecordNumber number, const SeatRecord& record) {
    push({record.grace_ends.us, number, record.generation});
}

void LeaseQueue::removed(const SeatRecords& records) {
    if (++gone_ > gone_tolerated && gone_ > heap_.size() / 2) rebuild(records);
}

void LeaseQueue::rebuild(const SeatRecords& records) {
    std::erase_if(heap_, [&](const Entry& entry) { return records[entry.record].generation != entry.generation; });
    for (Entry& entry : heap_) entry.grace_ends_us = records[entry.record].grace_ends.us;
    heap_.shrink_to_fit();
    std::ranges::make_heap(heap_, later);
    gone_ = 0;
}

void LeaseQueue::settle(const SeatRecords& records) {
    while (!heap_.empty()) {
        const SeatRecord& record = records[heap_.front().record];
        if (record.generation != heap_.front().generation) {
            pop();
            if (gone_ > 0) --gone_;
            continue;
        }
        if (record.grace_ends.us == heap_.front().grace_ends_us) return;
        Entry entry = pop();
        entry.grace_ends_us = record.grace_ends.us;
        push(entry);
    }
}

std::optional<LeaseQueue::Lease> LeaseQueue::first(const SeatRecords& records) {
    settle(records);
    if (heap_.empty()) return std::nullopt;
    return Lease{{heap_.front().grace_ends_us}, heap_.front().record};
}

std::vector<LeaseQueue::Lease> LeaseQueue::ended(const SeatRecords& records, ledger::Timestamp judged,
                                                 std::size_t most) {
    std::vector<Lease> leases;
    std::vector<Entry> taken;
    for (settle(records); !heap_.empty() && leases.size() < most; settle(records)) {
        if (heap_.front().grace_ends_us > judged.us) break;
        taken.push_back(pop());
        leases.push_back({{taken.back().grace_ends_us}, taken.back().record});
    }
    for (const Entry& entry : taken) push(entry);
    return leases;
}

}  // namespace projections
