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

bool PackedIndex::Holders::visit(const Visitor& visit) const {
    if (set_.empty()) return std::ranges::all_of(few_, visit);
    return std::ranges::all_of(set_, visit);
}

PackedIndex::PackedIndex() : shards_(shard_count) {}

void PackedIndex::add(std::uint64_t key, RecordNumber record) {
    Shard& shard = shards_[shard_of(key)];
    const auto [entry, is_new] = shard.entries.try_emplace(tag_of(key), record);
    if (is_new || entry->second == record) return;
    if ((entry->second & several) != 0) {
        shard.holders[entry->second & ~several].add(record);
        return;
    }
    std::uint32_t position = static_cast<std::uint32_t>(shard.holders.size());
    if (shard.free_holders.empty()) {
        shard.holders.emplace_back();
    } else {
        position = shard.free_holders.back();
        shard.free_holders.pop_back();
    }
    Holders& holders = shard.holders[position];
    holders.add(entry->second);
    holders.add(record);
    entry->second = position | several;
}

std::size_t PackedIndex::count(std::uint64_t key) const {
    const Shard& shard = shard_for(key);
    const auto entry = shard.entries.find(tag_of(key));
    if (entry == shard.entries.end()) return 0;
    return (entry->second & several) == 0 ? 1 : shard.holders[entry->second & ~several].size();
}

bool PackedIndex::contains(std::uint64_t key, RecordNumber record) const {
    const Shard& shard = shard_for(key);
    const auto entry = shard.entries.find(tag_of(key));
    if (entry == shard.entries.end()) return false;
    return (entry->second & several) == 0 ? entry->second == record
                                          : shard.holders[entry->second & ~several].contains(record);
}

void PackedIndex::visit(std::uint64_t key, const Visitor& visit) const {
    const Shard& shard = shard_for(key);
    const auto entry = shard.entries.find(tag_of(key));
    if (entry == shard.entries.end()) return;
    if ((entry->second & several) == 0) {
        visit(entry->second);
    } else {
        shard.holders[entry->second & ~several].visit(visit);
    }
}

void PackedIndex::sweep(std::size_t shard_number, const SeatRecords& records) {
    Shard& shard = shards_[shard_number];
    erase_if(shard.entries, [&](auto& entry) {
        if ((entry.second & several) == 0) return !records.is_live(entry.second);
        const std::uint32_t position = entry.second & ~several;
        Holders& holders = shard.holders[position];
        holders.keep_live(records);
        if (holders.size() > 1) return false;
        const bool none = holders.size() == 0;
        holders.visit([&](RecordNumber last) {
            entry.second = last;
            return true;
        });
        holders = {};
        shard.free_holders.push_back(position);
        return none;
    });
}

std::size_t PackedIndex::size() const {
    std::size_t size = 0;
    for (const Shard& shard : shards_) {
        for (const auto& [tag, place] : shard.entries) {
            size += (place & several) == 0 ? 1 : shard.holders[place & ~several].size();
        }
    }
    return size;
}

}  // namespace projections
