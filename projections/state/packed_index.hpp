#pragma once
// projections/state/packed_index.hpp: from 8-byte keys to record numbers, several a key, in about 14 bytes an entry.
// ADR: docs/adr/0011-seat-book.md.

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <vector>

#include "projections/state/seat_records.hpp"

namespace projections {

/// Split by the key's top bits into shards that grow one at a time, so that no growth doubles the memory or holds the
/// sequencer up. Keys must be uniform (hashes). Entries are not taken out one by one: records are retired, and sweeping
/// a shard drops the entries of all that are no longer live. Keys are kept to 44 bits: a hit is a hint.
class PackedIndex {
 public:
    static constexpr std::size_t shard_count = 4'096;
    PackedIndex();

    /// Adding a pair twice changes nothing.
    void add(std::uint64_t key, RecordNumber record);
    /// How many records, retired ones too, are under the key.
    [[nodiscard]] std::size_t count(std::uint64_t key) const;
    [[nodiscard]] bool contains(std::uint64_t key, RecordNumber record) const;
    /// Calls `visit` with each record under the key, in no order, until it returns false. Retired ones too.
    using Visitor = std::function<bool(RecordNumber)>;
    void visit(std::uint64_t key, const Visitor& visit) const;
    /// Drops the entries of one shard whose record is not live.
    void sweep(std::size_t shard, const SeatRecords& records);
    [[nodiscard]] std::size_t size() const;  ///< Entries, retired ones too; walks the shards.

 private:
    /// The records of a key that has several.
    class Holders {
     public:
        void add(RecordNumber record);
        [[nodiscard]] bool contains(RecordNumber record) const;
        [[nodiscard]] std::size_t size() const { return set_.empty() ? few_.size() : set_.size(); }
        void keep_live(const SeatRecords& records);
        bool visit(const Visitor& visit) const;  ///< false: `visit` has stopped it.

     private:
        static constexpr std::size_t few_max = 16;
        std::vector<RecordNumber> few_;
        boost::unordered_flat_set<RecordNumber> set_;  // instead of few_, once there are more
    };
    /// The key's low 32 bits; the shard stands for its top 12. Uniform, so that spreading over 64 bits is enough.
    using Tag = std::uint32_t;
    struct TagHash {
        using is_avalanching = void;
        std::size_t operator()(Tag tag) const { return std::size_t{tag} * 0x9e37'79b9'7f4a'7c15; }
    };
    /// A record number or, with the top bit, a position in the shard's holders.
    using Place = std::uint32_t;
    struct Shard {
        boost::unordered_flat_map<Tag, Place, TagHash> entries;
        std::vector<Holders> holders;
        std::vector<std::uint32_t> free_holders;
    };
    static constexpr Place several = 0x8000'0000;
    static std::size_t shard_of(std::uint64_t key) { return key >> 52; }
    static Tag tag_of(std::uint64_t key) { return static_cast<Tag>(key); }
    [[nodiscard]] const Shard& shard_for(std::uint64_t key) const { return shards_[shard_of(key)]; }

    std::vector<Shard> shards_;
};

}  // namespace projections
