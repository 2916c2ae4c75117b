// How the seat book is written and read: seats in the order of their activation, and the component index with seats
// named by their place in that order. The index of ids, the counts and the lease queues follow from the seats.

#include <algorithm>

#include "projections/state/seat_book.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {
namespace {

constexpr std::size_t seat_bytes = 43;
constexpr std::size_t entry_bytes = 8;
constexpr std::uint64_t read_at_once = 4'096;  // of seats or entries
static_assert(read_at_once * seat_bytes <= StateReader::piece_bytes);

void put(std::uint8_t* at, const SeatRecord& record) {
    std::memcpy(at, record.id.bytes.data(), record.id.bytes.size());
    put_little_endian(at + 16, record.activated.value);
    put_little_endian(at + 24, record.current.value);
    put_little_endian(at + 32, static_cast<std::uint64_t>(record.grace_ends.us));
    put_little_endian(at + 40, record.license.value);
    at[42] = static_cast<std::uint8_t>(record.standing);
}

void get(const std::uint8_t* at, SeatRecord& record) {
    std::memcpy(record.id.bytes.data(), at, record.id.bytes.size());
    record.activated = {get_little_endian<std::uint64_t>(at + 16)};
    record.current = {get_little_endian<std::uint64_t>(at + 24)};
    record.grace_ends = {static_cast<std::int64_t>(get_little_endian<std::uint64_t>(at + 32))};
    record.license = {get_little_endian<std::uint16_t>(at + 40)};
    record.standing = static_cast<SeatStanding>(at[42]);
}

}  // namespace

std::vector<RecordNumber> SeatBook::in_order_of_activation() const {
    std::vector<RecordNumber> order;
    order.reserve(records_.live());
    for (RecordNumber number = 0; number < records_.end(); ++number) {
        if (records_.is_live(number)) order.push_back(number);
    }
    const auto activated = [&](RecordNumber number) { return records_[number].activated; };
    if (!std::ranges::is_sorted(order, {}, activated)) std::ranges::sort(order, {}, activated);
    return order;
}

void SeatBook::write(StateWriter& out) const {
    std::vector<RecordNumber> order = in_order_of_activation();
    out.number(order.size());
    for (const RecordNumber number : order) put(out.room(seat_bytes), records_[number]);

    std::vector<RecordNumber> place(records_.end());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<RecordNumber>(i);
    order = {};
    std::vector<PackedIndex::Entry> entries;
    for (std::size_t shard = 0; shard < PackedIndex::shard_count; ++shard) {
        by_component_.list_live(shard, records_, place, entries);
        out.number(entries.size());
        for (const PackedIndex::Entry& entry : entries) {
            std::uint8_t* const at = out.room(entry_bytes);
            put_little_endian(at, entry.tag);
            put_little_endian(at + 4, entry.record);
        }
    }
    released_.write(out);
    unclaimed_.write(out);
    legacy_.write(out);
}

void SeatBook::read(StateReader& in) {
    ACTLEDGER_ASSERT(records_.end() == 0);
    const std::uint64_t count = in.number(std::min<std::uint64_t>(in.events(), SeatRecords::records_max - 1));
    read_seats(in, count);
    read_components(in, count);
    released_.read(in);
    unclaimed_.read(in, licenses_);
    legacy_.read(in, licenses_);
    if (in.ok()) index_ids(in);
}

void SeatBook::read_seats(StateReader& in, std::uint64_t count) {
    SeatRecord read;
    std::optional<ledger::SequenceNumber> last;
    for (std::uint64_t left = count; left > 0;) {
        const std::uint64_t some = std::min(left, read_at_once);
        const std::uint8_t* at = in.take(static_cast<std::size_t>(some) * seat_bytes);
        if (at == nullptr) return;
        for (std::uint64_t i = 0; i < some; ++i, at += seat_bytes) {
            get(at, read);
            in.require(!last || *last < read.activated, "seats are not in order");
            in.require(read.activated <= read.current && read.current.value < in.events(),
                       "a seat of an event that is not folded yet");
            in.require(read.license.value < licenses_.size(), "a seat of no licence");
            in.require(read.standing <= SeatStanding::lent, "a seat of no known standing");
            if (!in.ok()) return;
            last = read.activated;
            const RecordNumber number = records_.take();
            SeatRecord& record = records_[number];
            record.id = read.id;
            record.activated = read.activated;
            record.current = read.current;
            record.grace_ends = read.grace_ends;
            record.license = read.license;
            record.standing = read.standing;
            SeatBook::count(record, 1);
            if (record.grace_ends.us != 0) leases_of(read.license).add(number, record);
        }
        left -= some;
    }
}

void SeatBook::read_components(StateReader& in, std::uint64_t count) {
    std::vector<PackedIndex::Entry> entries;
    std::uint64_t most = count * ledger::components_max;  // that are still to come
    for (std::size_t shard = 0; shard < PackedIndex::shard_count && in.ok(); ++shard) {
        std::uint64_t left = in.number(most);
        most -= left;
        entries.clear();
        while (left > 0) {
            const std::uint64_t some = std::min(left, read_at_once);
            const std::uint8_t* at = in.take(static_cast<std::size_t>(some) * entry_bytes);
            if (at == nullptr) return;
            for (std::uint64_t i = 0; i < some; ++i, at += entry_bytes) {
                const PackedIndex::Entry entry{get_little_endian<PackedIndex::Tag>(at),
                                               get_little_endian<RecordNumber>(at + 4)};
                in.require(entries.empty() || entries.back() < entry, "components are not in order");
                in.require(entry.record < count, "a component of no seat");
                entries.push_back(entry);
            }
            left -= some;
        }
        if (in.ok()) by_component_.fill(shard, entries);
    }
}

void SeatBook::index_ids(StateReader& in) {
    // Sorted into shards first: entering a million ids where each lies would wait for memory a million times.
    const RecordNumber end = records_.end();
    std::vector<RecordNumber> begins(PackedIndex::shard_count + 1);
    for (RecordNumber number = 0; number < end; ++number)
        ++begins[PackedIndex::shard_of(id_key(records_[number].id)) + 1];
    for (std::size_t shard = 0; shard < PackedIndex::shard_count; ++shard) begins[shard + 1] += begins[shard];
    std::vector<RecordNumber> sorted(end);
    std::vector<RecordNumber> next(begins.begin(), begins.end() - 1);
    for (RecordNumber number = 0; number < end; ++number) {
        sorted[next[PackedIndex::shard_of(id_key(records_[number].id))]++] = number;
    }
    std::vector<PackedIndex::Entry> entries;
    for (std::size_t shard = 0; shard < PackedIndex::shard_count; ++shard) {
        entries.clear();
        for (RecordNumber i = begins[shard]; i < begins[shard + 1]; ++i) {
            entries.push_back({PackedIndex::tag_of(id_key(records_[sorted[i]].id)), sorted[i]});
        }
        const auto id = [&](const PackedIndex::Entry& entry) -> const ledger::ActivationId& {
            return records_[entry.record].id;
        };
        std::ranges::sort(entries, [&](const PackedIndex::Entry& a, const PackedIndex::Entry& b) {
            return a.tag != b.tag ? a.tag < b.tag : id(a) < id(b);
        });
        in.require(std::ranges::adjacent_find(entries, {}, id) == entries.end(), "an activation has two seats");
        if (!in.ok()) return;
        by_id_.fill(shard, entries);
    }
}

}  // namespace projections
