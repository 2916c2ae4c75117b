#pragma once
// projections/state/packed_index.hpp: from 8-byte keys to record numbers, several a key, in 11 to 16 bytes an entry.
// ADR: docs/adr/0011-seat-book.md.

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <memory>
#include <span>
#include <vector>

#include "projections/state/seat_records.hpp"

namespace projections {

/// Split by the key's top bits into shards that grow one at a time, so that no growth doubles the memory or holds the
/// sequencer up. Keys must be uniform (hashes). Entries are not taken out one by one: records are retired, and sweeping
/// a shard drops the entries of all that are no longer live. Keys are kept to 44 bits: a hit is a hint.
class PackedIndex {
 public:
    static constexpr std::size_t shard_count = 4'096;
    PackedIndex() : shards_(shard_count) {}

    /// About so many entries will come: their room is made in one step a shard. @pre nothing was added yet
    void expect(std::uint64_t entries);
    /// Adding a pair twice changes nothing.
    void add(std::uint64_t key, RecordNumber record);
    /// How many records, retired ones too, are under the key.
    [[nodiscard]] std::size_t count(std::uint64_t key) const;
    [[nodiscard]] bool contains(std::uint64_t key, RecordNumber record) const;
    /// Calls `visit` with each record under the key, in no order, until it returns false. Retired ones too.
    template <class Visitor>
    void visit(std::uint64_t key, const Visitor& visit) const {
        const Slot* slot = find(key);
        if (slot == nullptr) return;
        if ((slot->place & several) == 0) {
            visit(slot->place);
        } else {
            holders_of(key, slot->place).visit(visit);
        }
    }
    /// The key is about to be asked for: several of these at once wait for memory together and not one after another.
    /// Whoever knows it long before can bring the shard near first.
    void prefetch_shard(std::uint64_t key) const { __builtin_prefetch(&shards_[shard_of(key)]); }
    void prefetch(std::uint64_t key) const;
    /// Drops the entries of one shard whose record is not live.
    void sweep(std::size_t shard, const SeatRecords& records);
    [[nodiscard]] std::size_t size() const;  ///< Entries, retired ones too; walks the shards.

    /// The key's low 32 bits; the shard stands for its top 12.
    using Tag = std::uint32_t;
    static std::size_t shard_of(std::uint64_t key) { return key >> 52; }
    static Tag tag_of(std::uint64_t key) { return static_cast<Tag>(key); }
    /// An entry as it is kept outside of memory.
    struct Entry {
        Tag tag = 0;
        RecordNumber record = 0;
        auto operator<=>(const Entry&) const = default;
    };
    /// One shard's entries whose record is live, ascending; in place of each record stands what `renumbered` has for
    /// it.
    void list_live(std::size_t shard, const SeatRecords& records, std::span<const RecordNumber> renumbered,
                   std::vector<Entry>& entries) const;
    /// Enters ascending entries, each once, into an empty shard: in one pass, without growing.
    void fill(std::size_t shard, std::span<const Entry> entries);

 private:
    /// A record number or, with the top bit, a position in the shard's holders.
    using Place = std::uint32_t;
    static constexpr Place several = 0x8000'0000;
    static constexpr Place nothing = 0xffff'ffff;
    struct Slot {
        Tag tag = 0;
        Place place = nothing;
    };

    /// The records of a key that has several.
    class Holders {
     public:
        void add(RecordNumber record);
        [[nodiscard]] bool contains(RecordNumber record) const;
        [[nodiscard]] std::size_t size() const { return set_.empty() ? few_.size() : set_.size(); }
        void keep_live(const SeatRecords& records);
        template <class Visitor>
        void visit(const Visitor& visit) const {
            if (set_.empty()) {
                static_cast<void>(std::ranges::all_of(few_, visit));
            } else {
                static_cast<void>(std::ranges::all_of(set_, visit));
            }
        }

     private:
        static constexpr std::size_t few_max = 16;
        std::vector<RecordNumber> few_;
        boost::unordered_flat_set<RecordNumber> set_;  // instead of few_, once there are more
    };

    /// Open addressing with linear probing, three quarters full at most: what is not there is looked for in one or two
    /// lines of memory. A tag's place is its share of the capacity, which therefore need not double: it grows by
    /// half.
    struct Shard {
        [[nodiscard]] std::size_t home(Tag tag) const { return std::uint64_t{tag} * capacity >> 32; }
        /// The tag's slot, or the one to put it in. @pre there is an empty slot
        [[nodiscard]] Slot& slot(Tag tag) const;
        [[nodiscard]] const Slot* find(Tag tag) const;
        /// @param least  slots of a shard that has none yet.
        void make_room(std::uint32_t least);
        void resize(std::uint32_t new_capacity);

        std::unique_ptr<Slot[]> slots;
        std::uint32_t capacity = 0;
        std::uint32_t size = 0;  ///< Slots in use.
        std::unique_ptr<std::vector<Holders>> holders;
    };

    [[nodiscard]] const Slot* find(std::uint64_t key) const { return shards_[shard_of(key)].find(tag_of(key)); }
    [[nodiscard]] const Holders& holders_of(std::uint64_t key, Place place) const {
        return (*shards_[shard_of(key)].holders)[place & ~several];
    }

    std::vector<Shard> shards_;
    std::uint32_t first_capacity_ = 8;
};

}  // namespace projections
