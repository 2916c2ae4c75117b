// How an index comes out of memory and back. Slots lie nearly in the order of their tags, in memory and in the file, so
// that both ways are one pass over a shard.

#include "projections/state/packed_index.hpp"

namespace projections {

void PackedIndex::list_live(std::size_t shard_number, const SeatRecords& records,
                            std::span<const RecordNumber> renumbered, std::vector<Entry>& entries) const {
    const Shard& shard = shards_[shard_number];
    entries.clear();
    for (std::uint32_t i = 0; i < shard.capacity; ++i) {
        const Slot& slot = shard.slots[i];
        if (slot.place == nothing) continue;
        const auto list = [&](RecordNumber record) {
            if (records.is_live(record)) entries.push_back({slot.tag, renumbered[record]});
            return true;
        };
        if ((slot.place & several) == 0) {
            list(slot.place);
        } else {
            (*shard.holders)[slot.place & ~several].visit(list);
        }
    }
    std::ranges::sort(entries);
}

void PackedIndex::fill(std::size_t shard_number, std::span<const Entry> entries) {
    Shard& shard = shards_[shard_number];
    ACTLEDGER_ASSERT(shard.size == 0);
    if (entries.empty()) return;
    shard.resize(static_cast<std::uint32_t>(entries.size() + entries.size() / 2 + 8));
    for (std::size_t first = 0; first < entries.size();) {
        const Tag tag = entries[first].tag;
        std::size_t end = first + 1;
        while (end < entries.size() && entries[end].tag == tag) ++end;
        Place place = entries[first].record;
        if (end - first > 1) {
            if (!shard.holders) shard.holders = std::make_unique<std::vector<Holders>>();
            place = static_cast<Place>(shard.holders->size()) | several;
            Holders& holders = shard.holders->emplace_back();
            for (std::size_t i = first; i < end; ++i) holders.add(entries[i].record);
        }
        shard.slot(tag) = {tag, place};
        ++shard.size;
        first = end;
    }
}

}  // namespace projections
