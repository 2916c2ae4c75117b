#include <map>
#include <random>
#include <set>

#include "projections/state/packed_index.hpp"
#include "tests/support/result_text.hpp"

using namespace projections;

namespace {

std::set<RecordNumber> holders(const PackedIndex& index, std::uint64_t key) {
    std::set<RecordNumber> found;
    index.visit(key, [&](RecordNumber record) {
        CHECK(found.insert(record).second);
        return true;
    });
    return found;
}

void sweep_all(PackedIndex& index, const SeatRecords& records) {
    for (std::size_t shard = 0; shard < PackedIndex::shard_count; ++shard) index.sweep(shard, records);
}

}  // namespace

TEST_CASE("packed index: finds the same records as a multimap, through additions, retirements and sweeps") {
    const auto seed = GENERATE(1U, 2U, 3U);
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    PackedIndex index;
    SeatRecords records;
    std::map<std::uint64_t, std::set<RecordNumber>> model;
    std::vector<std::uint64_t> keys(300);
    for (auto& key : keys) key = random();

    std::set<RecordNumber> live;
    for (int step = 0; step < 20'000; ++step) {
        if (step % 5 == 0) live.insert(records.take());
        // Few keys are very common, so that the three forms of holders all come up.
        const std::uint64_t key = keys[random() % 3 == 0 ? random() % 3 : random() % keys.size()];
        const RecordNumber record =
            *std::next(live.begin(), static_cast<std::ptrdiff_t>(random() % std::min<std::size_t>(live.size(), 50)));
        index.add(key, record);
        model[key].insert(record);
        if (step % 7 == 0 && live.size() > 60) {
            records.retire(*live.begin());
            live.erase(live.begin());
        }
        if (step % 2'500 == 0) {
            sweep_all(index, records);
            for (auto& [k, held] : model) std::erase_if(held, [&](RecordNumber r) { return !records.is_live(r); });
        }
    }
    std::size_t entries = 0;
    for (const auto& [key, held] : model) {
        CHECK(holders(index, key) == held);
        CHECK(index.count(key) == held.size());
        for (const RecordNumber record : held) CHECK(index.contains(key, record));
        entries += held.size();
    }
    CHECK(index.size() == entries);
    CHECK_FALSE(index.contains(random(), 0));
}

TEST_CASE("packed index: visiting stops when it is told to") {
    PackedIndex index;
    for (RecordNumber record = 0; record < 40; ++record) index.add(77, record);
    std::size_t visited = 0;
    index.visit(77, [&](RecordNumber) { return ++visited < 5; });
    CHECK(visited == 5);
}

TEST_CASE("packed index: sweeping everything away leaves nothing") {
    PackedIndex index;
    SeatRecords records;
    for (int i = 0; i < 100; ++i) {
        const RecordNumber record = records.take();
        index.add(5, record);
        index.add(static_cast<std::uint64_t>(i) << 50 | 1, record);
    }
    for (RecordNumber record = 0; record < 100; ++record) records.retire(record);
    sweep_all(index, records);
    CHECK(index.size() == 0);
    CHECK(index.count(5) == 0);
}
