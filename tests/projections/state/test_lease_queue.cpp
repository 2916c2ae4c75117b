#include <map>
#include <random>

#include "projections/state/lease_queue.hpp"
#include "tests/support/result_text.hpp"

using namespace projections;

TEST_CASE("lease queue: names the lease that ends first, through renewals, moves and returns") {
    const auto seed = GENERATE(1U, 2U, 3U, 4U);
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    SeatRecords records;
    LeaseQueue queue;
    std::map<RecordNumber, std::int64_t> model;

    for (int step = 0; step < 20'000; ++step) {
        const auto choice = random() % 4;
        if (choice < 2 || model.empty()) {
            const RecordNumber number = records.take();
            records[number].grace_ends.us = 1 + static_cast<std::int64_t>(random() % 100'000);
            queue.add(number, records[number]);
            model[number] = records[number].grace_ends.us;
        } else {
            const auto picked = std::next(
                model.begin(), static_cast<std::ptrdiff_t>(random() % std::min<std::size_t>(model.size(), 100)));
            const RecordNumber number = picked->first;
            if (choice == 2) {
                picked->second += static_cast<std::int64_t>(random() % 1'000);
                records[number].grace_ends.us = picked->second;  // renewed: the queue is not told
            } else {
                records.retire(number);
                queue.removed(records);
                model.erase(number);
                records.release(number);
            }
        }
        if (step % 10 != 0) continue;
        const auto first = queue.first(records);
        REQUIRE(first.has_value() == !model.empty());
        if (!first) continue;
        const auto earliest = std::ranges::min_element(model, {}, [](const auto& entry) { return entry.second; });
        REQUIRE(first->grace_ends.us == earliest->second);
        REQUIRE(model.at(first->record) == first->grace_ends.us);
    }
}

TEST_CASE("lease queue: hands out what has ended in order, at most as many as asked, and keeps it") {
    SeatRecords records;
    LeaseQueue queue;
    for (std::int64_t i = 0; i < 50; ++i) {
        const RecordNumber number = records.take();
        records[number].grace_ends.us = 100 + (i * 7) % 50;
        queue.add(number, records[number]);
    }
    for (int repeat = 0; repeat < 2; ++repeat) {
        const auto ended = queue.ended(records, {109}, 100);
        REQUIRE(ended.size() == 10);
        for (std::size_t i = 0; i < ended.size(); ++i)
            CHECK(ended[i].grace_ends.us == 100 + static_cast<std::int64_t>(i));
    }
    CHECK(queue.ended(records, {1'000}, 7).size() == 7);
    CHECK(queue.ended(records, {99}, 7).empty());
}
