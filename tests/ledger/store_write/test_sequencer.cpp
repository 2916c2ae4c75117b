#include <catch2/catch.hpp>
#include <thread>

#include "tests/ledger/store_write/sequencer_fixture.hpp"

namespace ledger {

TEST_CASE("sequencer: an acknowledged event is durable, signed and proven from memory", "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    EventDraft draft = seat_draft(1);
    draft.annex = {annex_value(AnnexField::device_name, "PC-1")};
    const auto receipt = fixture.write(std::move(draft)).get();
    REQUIRE(receipt);
    CHECK(receipt->index == SequenceNumber{1});

    const SealedGroup& group = *receipt->group;
    const auto checkpoint = SignedCheckpoint::parse(group.head().note).value();
    CHECK(checkpoint.checkpoint.origin == sample_origin(fixture.signer));
    CHECK(checkpoint.checkpoint.head == group.tree_head());
    CHECK(verify_note(default_suite(), checkpoint.note, checkpoint.checkpoint.origin.text(),
                      fixture.signer.public_key()));
    CHECK(verify_inclusion(default_suite(), default_suite().hash_leaf(group.event({1})), {1}, group.tree_head(),
                           group.inclusion_proof({1})));
    CHECK(fixture.engine->event({1}).value() == copy(group.event({1})));
    CHECK(fixture.engine->head_covering({2}).value().note == group.head().note);
    CHECK(decode_annex(group.annex({1})).value() == fixture.engine->annex({1}).value());
    CHECK(fixture.fault() == "");
}

TEST_CASE("sequencer: what queues up while the thread is busy becomes one group under one signature", "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    auto let_go = fixture.occupy();
    std::vector<Outcome> outcomes;
    for (std::uint64_t i = 0; i < 200; ++i) outcomes.push_back(fixture.write(i));
    CHECK(fixture.sequencer->stats().queued == 200);
    let_go.set_value();
    for (auto& outcome : outcomes) REQUIRE(outcome.get());
    CHECK(fixture.signer.messages().size() == 2);  // genesis, and this one
    const auto stats = fixture.sequencer->stats();
    CHECK(stats.groups == 1);
    CHECK(stats.events == 200);
    CHECK(stats.durable == TreeSize{201});
    CHECK(stats.signing.count == 1);
    CHECK(stats.sync.count == 1);
    CHECK(fixture.fault() == "");
}

TEST_CASE("sequencer: groups are capped by events and by bytes", "[sequencer]") {
    SequencerFixture fixture;
    SECTION("events") { fixture.options.group_max = 16; }
    SECTION("bytes") { fixture.options.group_bytes_max = 6'000; }
    fixture.start();
    auto let_go = fixture.occupy();
    std::vector<Outcome> outcomes;
    for (std::uint64_t i = 0; i < 64; ++i) outcomes.push_back(fixture.write(i));
    let_go.set_value();
    for (auto& outcome : outcomes) REQUIRE(outcome.get());
    CHECK(fixture.sequencer->stats().groups >= 4);
    CHECK(fixture.fault() == "");
}

TEST_CASE("sequencer: the next group is decided and signed while one is synced, and released only in order",
          "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    fixture.engine->hold();
    Outcome first = fixture.write(1);
    fixture.engine->wait_for_append();
    Outcome second_group = fixture.write(2);
    CHECK(comes_true([&] { return fixture.signer.messages().size() == 3; }));  // genesis and both groups
    Outcome third_group = fixture.write(3);                                    // beyond the one group that may wait
    CHECK(is_pending(first));
    CHECK(is_pending(second_group));
    CHECK(fixture.signer.messages().size() == 3);
    CHECK(fixture.engine->size().value() == TreeSize{1});  // nothing signed is durable, nothing is answered
    fixture.engine->release();
    CHECK(first.get().value().index == SequenceNumber{1});
    CHECK(second_group.get().value().index == SequenceNumber{2});
    CHECK(third_group.get().value().index == SequenceNumber{3});
    CHECK(fixture.fault() == "");
}

TEST_CASE("sequencer: heads are released in order and before their answers", "[sequencer]") {
    SequencerFixture fixture;
    std::mutex mutex;
    std::vector<TreeHead> released;
    fixture.options.on_released = [&](const ReleasedHead& head, const TreeHead& tree_head) {
        const std::lock_guard lock(mutex);
        CHECK(head.size == tree_head.size);
        CHECK(fixture.engine->size().value() >= head.size);
        released.push_back(tree_head);
    };
    fixture.start();
    for (std::uint64_t i = 1; i <= 20; ++i) {
        REQUIRE(fixture.write(i).get());
        const std::lock_guard lock(mutex);
        REQUIRE(released.size() == i);
        CHECK(released.back().size.value == i + 1);
    }
}

TEST_CASE("sequencer: an answer that rests on an uncommitted event waits for it, others are answered at once",
          "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    fixture.engine->hold();
    Outcome written = fixture.write(1);
    fixture.engine->wait_for_append();
    Outcome next = fixture.write(2);  // sealed, waits for its turn
    CHECK(comes_true([&] { return fixture.signer.messages().size() == 3; }));

    // The sequencing thread waits for the slot now; both kinds of repeats are decided once it is free again.
    fixture.engine->release();
    REQUIRE(written.get());
    REQUIRE(next.get());
    fixture.engine->hold();
    Outcome third = fixture.write(3);
    fixture.engine->wait_for_append();
    Outcome resting_on_durable = fixture.rest_on({1});
    Outcome resting_on_uncommitted = fixture.rest_on({3});
    const auto durable = resting_on_durable.get();
    REQUIRE(durable);
    CHECK(durable->group == nullptr);
    CHECK(is_pending(resting_on_uncommitted));
    CHECK(is_pending(third));
    fixture.engine->release();
    const auto waited = resting_on_uncommitted.get();
    REQUIRE(waited);
    CHECK(waited->index == SequenceNumber{3});
    REQUIRE(waited->group);
    CHECK(waited->group->head().note == third.get()->group->head().note);
}

TEST_CASE("sequencer: a repeat in the same group is answered with it", "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    auto let_go = fixture.occupy();
    Outcome first = fixture.write(1);
    Outcome repeat = fixture.rest_on({1});
    let_go.set_value();
    CHECK(repeat.get()->group == first.get()->group);
}

TEST_CASE("sequencer: a full queue refuses, at once and on the caller's thread", "[sequencer]") {
    SequencerFixture fixture;
    fixture.options.queue_max = 8;
    fixture.start();
    auto let_go = fixture.occupy();
    std::vector<Outcome> accepted;
    for (std::uint64_t i = 0; i < 8; ++i) accepted.push_back(fixture.write(i));
    Outcome refused = fixture.write(99);
    REQUIRE(!is_pending(refused, std::chrono::milliseconds(0)));
    CHECK(refused.get().error().code == errc::overloaded);
    CHECK(fixture.sequencer->stats().refused == 1);
    let_go.set_value();
    for (auto& outcome : accepted) CHECK(outcome.get());
}

TEST_CASE("sequencer: numbers stay dense under many threads (L1)", "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    constexpr std::size_t threads_count = 8;
    constexpr std::uint64_t each = 150;
    std::vector<std::vector<SequenceNumber>> numbers(threads_count);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < threads_count; ++t) {
        threads.emplace_back([&, t] {
            for (std::uint64_t i = 0; i < each; ++i) {
                numbers[t].push_back(fixture.write(t * each + i).get().value().index);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    std::vector<std::uint64_t> all;
    for (const auto& own : numbers) {
        CHECK(std::is_sorted(own.begin(), own.end()));
        for (const SequenceNumber number : own) all.push_back(number.value);
    }
    std::sort(all.begin(), all.end());
    for (std::uint64_t i = 0; i < all.size(); ++i) REQUIRE(all[i] == i + 1);
    fixture.sequencer->stop();
    CHECK(fixture.decider.events.size() == threads_count * each + 1);
    CHECK(find_fault(*fixture.engine, fixture.signer.public_key(), false) == "");
}

TEST_CASE("sequencer: stopping under load answers all that was accepted", "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    std::vector<std::thread> threads;
    std::atomic<std::uint64_t> acknowledged = 0;
    std::atomic<std::uint64_t> refused = 0;
    std::atomic<std::uint64_t> others = 0;
    for (std::size_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (std::uint64_t i = 0;; ++i) {
                const auto outcome = fixture.write(t * 1'000'000 + i).get();
                if (outcome) {
                    ++acknowledged;
                } else {
                    (outcome.error().code == errc::shutting_down ? refused : others)++;
                    return;
                }
            }
        });
    }
    CHECK(comes_true([&] { return acknowledged > 100; }));
    fixture.sequencer->stop();
    for (auto& thread : threads) thread.join();
    CHECK(refused == 4);
    CHECK(others == 0);
    CHECK(fixture.engine->size().value().value == acknowledged + 1);
    Outcome late = fixture.write(7);
    CHECK(late.get().error().code == errc::shutting_down);
    CHECK(find_fault(*fixture.engine, fixture.signer.public_key(), false) == "");
}

TEST_CASE("sequencer: an error of decide is answered and writes nothing (L10)", "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    CHECK(fixture.submit([](const Moment&) -> Result<Decision> {
                     return Error{errc::not_found, "no such seat"};
                 })
              .get()
              .error()
              .code == errc::not_found);
    SettingChanged setting{"large", std::string(70'000, 'x')};
    EventDraft large{{Actor::Kind::operator_, Actor::Authority::local_account, {}}, setting, {}};
    CHECK(fixture.submit([large](const Moment&) {
                     return Decision{{seat_draft(1), large}, {}};
                 })
              .get()
              .error()
              .code == errc::too_large);
    CHECK(fixture.engine->size().value() == TreeSize{1});
    CHECK(fixture.write(1).get()->index == SequenceNumber{1});
    fixture.sequencer->stop();
    CHECK(fixture.decider.events.size() == 2);
}

TEST_CASE("sequencer: drafts of one decision are numbered together, and the receipt is the last one's", "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    const auto receipt = fixture
                             .submit([](const Moment& moment) {
                                 CHECK(moment.next == SequenceNumber{1});
                                 return Decision{{seat_draft(1), seat_draft(2), seat_draft(3)}, {}};
                             })
                             .get();
    CHECK(receipt->index == SequenceNumber{3});
    CHECK(receipt->group->first() == SequenceNumber{1});
}

TEST_CASE("sequencer: what is due is asked without anybody asking, until there is no more", "[sequencer]") {
    SequencerFixture fixture;
    fixture.decider.due_count = 150;
    fixture.start();
    CHECK(comes_true([&] { return fixture.engine->size().value() == TreeSize{151}; }));
    fixture.decider.due_count = 1;
    CHECK(comes_true([&] { return fixture.engine->size().value() == TreeSize{152}; }));
}

TEST_CASE("sequencer: an erasure takes the value out of the annex, also in the group that wrote it", "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    EventDraft seat = seat_draft(1);
    seat.annex = {annex_value(AnnexField::device_name, "PC-1"), annex_value(AnnexField::device_address, "192.0.2.7")};
    const Actor actor{Actor::Kind::operator_, Actor::Authority::local_account, {}};
    const EventDraft erase_name{actor, AnnexErased{{1}, AnnexField::device_name}, {}};
    const EventDraft erase_address{actor, AnnexErased{{1}, AnnexField::device_address}, {}};
    REQUIRE(fixture.submit([&](const Moment&) { return Decision{{seat, erase_name}, {}}; }).get());
    const auto left = fixture.engine->annex({1}).value();
    REQUIRE(left.size() == 1);
    CHECK(left[0].field == AnnexField::device_address);
    REQUIRE(fixture.write(erase_address).get());
    REQUIRE(fixture.write(erase_address).get());  // erasing what is gone is fine
    CHECK(fixture.engine->annex({1}).value().empty());
    CHECK(fixture.fault() == "");
}

TEST_CASE("sequencer: a restart goes on where the log ends", "[sequencer]") {
    SequencerFixture fixture;
    fixture.start();
    for (std::uint64_t i = 1; i <= 5; ++i) REQUIRE(fixture.write(i).get());
    fixture.restart();
    CHECK(fixture.write(6).get()->index == SequenceNumber{6});
    CHECK(fixture.fault() == "");
}

}  // namespace ledger
