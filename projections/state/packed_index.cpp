#include "projections/state/packed_index.hpp"

#include <algorithm>

namespace projections {

void PackedIndex::Holders::add(RecordNumber record) {
    if (!set_.empty()) {
        set_.insert(record);
        return;
    }
    if (std::ranges::find(few_, record) != few_.end()) return;
    few_.push_back(record);
    if (few_.size() <= few_max) return;
    set_.insert(few_.begin(), few_.end());
    few_ = {};
}

bool PackedIndex::Holders::contains(RecordNumber record) const {
    return set_.empty() ? std::ranges::find(few_, record) != few_.end() : set_.contains(record);
}

void PackedIndex::Holders::keep_live(const SeatRecords& records) {
    if (set_.empty()) {
        std::erase_if(few_, [&](RecordNumber record) { return !records.is_live(record); });
        return;
    }
    erase_if(set_, [&](RecordNumber record) { return !records.is_live(record); });
    if (set_.size() > few_max / 2) return;
    few_.assign(set_.begin(), set_.end());
    set_ = {};
}

PackedIndex::Slot& PackedIndex::Shard::slot(Tag tag) const {
    std::size_t i = home(tag);
    while (slots[i].place != nothing && slots[i].tag != tag) {
        if (++i == capacity) i = 0;
    }
    return slots[i];
}

const PackedIndex::Slot* PackedIndex::Shard::find(Tag tag) const {
    if (size == 0) return nullptr;
    const Slot& found = slot(tag);
    return found.place == nothing ? nullptr : &found;
}

void PackedIndex::Shard::make_room(std::uint32_t least) {
    if (std::uint64_t{size} * 4 < std::uint64_t{capacity} * 3) return;
    resize(std::max(least, capacity + capacity / 2));
}

void PackedIndex::Shard::resize(std::uint32_t new_capacity) {
    const auto old = std::exchange(slots, std::make_unique<Slot[]>(new_capacity));
    const std::uint32_t old_capacity = std::exchange(capacity, new_capacity);
    for (std::uint32_t i = 0; i < old_capacity; ++i) {
        if (old[i].place != nothing) slot(old[i].tag) = old[i];
    }
}

void PackedIndex::expect(std::uint64_t entries) {
    // Three quarters full, and a margin, because hashes do not fill all shards alike.
    const std::uint64_t slots = entries / shard_count * 3 / 2;
    constexpr std::uint64_t slots_max = 1U << 20;
    first_capacity_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(slots, 8, slots_max));
}

void PackedIndex::add(std::uint64_t key, RecordNumber record) {
    Shard& shard = shards_[shard_of(key)];
    shard.make_room(first_capacity_);
    Slot& slot = shard.slot(tag_of(key));
    if (slot.place == nothing) {
        slot = {tag_of(key), record};
        ++shard.size;
        return;
    }
    if (slot.place == record) return;
    if ((slot.place & several) == 0) {
        if (!shard.holders) shard.holders = std::make_unique<std::vector<Holders>>();
        Holders& holders = shard.holders->emplace_back();
        holders.add(slot.place);
        slot.place = static_cast<Place>(shard.holders->size() - 1) | several;
    }
    (*shard.holders)[slot.place & ~several].add(record);
}

std::size_t PackedIndex::count(std::uint64_t key) const {
    const Slot* slot = find(key);
    if (slot == nullptr) return 0;
    return (slot->place & several) == 0 ? 1 : holders_of(key, slot->place).size();
}

bool PackedIndex::contains(std::uint64_t key, RecordNumber record) const {
    const Slot* slot = find(key);
    if (slot == nullptr) return false;
    return (slot->place & several) == 0 ? slot->place == record : holders_of(key, slot->place).contains(record);
}

void PackedIndex::prefetch(std::uint64_t key) const {
    const Shard& shard = shards_[shard_of(key)];
    if (shard.capacity != 0) __builtin_prefetch(&shard.slots[shard.home(tag_of(key))]);
}

void PackedIndex::sweep(std::size_t shard_number, const SeatRecords& records) {
    Shard& shard = shards_[shard_number];
    std::vector<Slot> kept;
    auto holders = std::make_unique<std::vector<Holders>>();
    for (std::uint32_t i = 0; i < shard.capacity; ++i) {
        Slot slot = shard.slots[i];
        if (slot.place == nothing) continue;
        if ((slot.place & several) != 0) {
            Holders& held = (*shard.holders)[slot.place & ~several];
            held.keep_live(records);
            if (held.size() == 0) continue;
            if (held.size() > 1) {
                holders->push_back(std::move(held));
                slot.place = static_cast<Place>(holders->size() - 1) | several;
            } else {
                held.visit([&](RecordNumber last) {
                    slot.place = last;
                    return true;
                });
            }
        } else if (!records.is_live(slot.place)) {
            continue;
        }
        kept.push_back(slot);
    }
    shard = {};
    if (!holders->empty()) shard.holders = std::move(holders);
    if (kept.empty()) return;
    shard.resize(static_cast<std::uint32_t>(kept.size() + kept.size() / 2 + 8));
    for (const Slot& slot : kept) shard.slot(slot.tag) = slot;
    shard.size = static_cast<std::uint32_t>(kept.size());
}

std::size_t PackedIndex::size() const {
    std::size_t size = 0;
    for (const Shard& shard : shards_) {
        for (std::uint32_t i = 0; i < shard.capacity; ++i) {
            const Place place = shard.slots[i].place;
            if (place != nothing) size += (place & several) == 0 ? 1 : (*shard.holders)[place & ~several].size();
        }
    }
    return size;
}

}  // namespace projections
