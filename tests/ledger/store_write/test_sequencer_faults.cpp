#include <catch2/catch.hpp>

#include "tests/ledger/store_write/sequencer_fixture.hpp"

// What the write path does when the card, the disk or the sync fails (design sections 5 and 6).

namespace ledger {

using support::SoftwareSigner;

TEST_CASE("sequencer: while the signer is down nothing is decided, and the sealed group commits when it is back",
          "[sequencer][fault]") {
    const auto fault = GENERATE(SoftwareSigner::Fault::unavailable, SoftwareSigner::Fault::nonsense);
    CAPTURE(static_cast<int>(fault));
    SequencerFixture fixture;
    fixture.start();
    REQUIRE(fixture.write(1).get());
    fixture.signer.set_fault(fault);

    CHECK(fixture.write(2).get().error().code == errc::signer_unavailable);
    CHECK(fixture.write(3).get().error().code == errc::signer_unavailable);
    CHECK(fixture.rest_on({1}).get());  // already durable: still served
    CHECK(fixture.rest_on({2}).get().error().code == errc::signer_unavailable);
    CHECK(comes_true([&] {
        const auto hindrance = fixture.sequencer->stats().hindrance;
        return hindrance && hindrance->error.code == errc::signer_unavailable && hindrance->since == sample_start;
    }));
    CHECK(fixture.engine->size().value() == TreeSize{2});

    fixture.signer.set_fault(SoftwareSigner::Fault::none);
    CHECK(comes_true([&] { return fixture.engine->size().value() == TreeSize{3}; }));
    CHECK(comes_true([&] { return !fixture.sequencer->stats().hindrance; }));
    // The same head was tried again, never another one of its size.
    const auto messages = fixture.signer.messages();
    for (std::size_t i = 3; i < messages.size(); ++i) CHECK(messages[i] == messages[2]);
    CHECK(fixture.write(4).get()->index == SequenceNumber{3});
    CHECK(fixture.fault() == "");
}

TEST_CASE("sequencer: a group that waits for its signature does not hold up stopping", "[sequencer][fault]") {
    SequencerFixture fixture;
    fixture.start();
    fixture.signer.set_fault(SoftwareSigner::Fault::unavailable);
    CHECK(fixture.write(1).get().error().code == errc::signer_unavailable);
    fixture.sequencer->stop();
    fixture.signer.set_fault(SoftwareSigner::Fault::none);
    CHECK(fixture.engine->size().value() == TreeSize{1});
    fixture.restart();
    CHECK(fixture.write(1).get()->index == SequenceNumber{1});
    CHECK(fixture.fault() == "");
}

TEST_CASE("sequencer: a slow signer makes larger groups, not longer queues", "[sequencer]") {
    SequencerFixture fixture;
    fixture.signer.set_delay(std::chrono::milliseconds(20));
    fixture.start();
    std::vector<Outcome> outcomes;
    for (std::uint64_t i = 0; i < 500; ++i) outcomes.push_back(fixture.write(i));
    for (auto& outcome : outcomes) REQUIRE(outcome.get());
    CHECK(fixture.sequencer->stats().groups < 50);
}

TEST_CASE("sequencer: after a failed commit everything fails, once, and nothing is tried again", "[sequencer][fault]") {
    SequencerFixture fixture;
    std::atomic<int> fatal = 0;
    std::promise<Error> fatal_error;
    fixture.options.on_fatal = [&](const Error& error) {
        if (fatal++ == 0) fatal_error.set_value(error);
    };
    fixture.start();
    REQUIRE(fixture.write(1).get());
    fixture.engine->hold();
    fixture.engine->fail_next_append();
    Outcome syncing = fixture.write(2);
    fixture.engine->wait_for_append();
    Outcome resting = fixture.rest_on({2});
    Outcome sealed = fixture.write(3);
    CHECK(comes_true([&] { return fixture.signer.messages().size() == 4; }));
    Outcome queued = fixture.write(4);
    fixture.engine->release();
    for (Outcome* outcome : {&syncing, &resting, &sealed, &queued}) {
        CHECK(outcome->get().error().code == errc::storage_failed);
    }
    CHECK(fatal_error.get_future().get().code == errc::storage_failed);
    CHECK(fixture.write(5).get().error().code == errc::storage_failed);
    fixture.sequencer->stop();
    CHECK(fatal == 1);
    CHECK(fixture.sequencer->stats().hindrance->error.code == errc::storage_failed);
    CHECK(fixture.engine->size().value() == TreeSize{2});
    CHECK(fixture.fault() == "");
}

TEST_CASE("sequencer: a full disk refuses before deciding, serves what is there, and ends by itself",
          "[sequencer][fault]") {
    SequencerFixture fixture;
    fixture.start();
    REQUIRE(fixture.write(1).get());
    fixture.engine->fill_disk(true);
    CHECK(fixture.write(2).get().error().code == errc::disk_full);
    CHECK(fixture.rest_on({1}).get());
    CHECK(comes_true([&] { return fixture.sequencer->stats().hindrance.has_value(); }));
    CHECK(fixture.sequencer->stats().hindrance->error.code == errc::disk_full);
    fixture.engine->fill_disk(false);
    CHECK(comes_true([&] { return !fixture.sequencer->stats().hindrance; }));  // without anybody asking
    CHECK(fixture.write(3).get()->index == SequenceNumber{2});
    fixture.sequencer->stop();
    CHECK(fixture.decider.events.size() == 3);
}

TEST_CASE("sequencer: it does not start on a state that was folded over less than the log", "[sequencer]") {
    SequencerFixture fixture;
    fixture.clock.pass(hour);
    fixture.start();
    REQUIRE(fixture.write(1).get());
    fixture.sequencer.reset();
    const TimeStanding stale{sample_start, false, {}, {}};
    const auto started = Sequencer::start(
        {*fixture.engine, fixture.signer, fixture.clock, fixture.decider, stale, sample_origin(fixture.signer), {}});
    REQUIRE(!started);
    CHECK(started.error().code == errc::log_moved);
}

}  // namespace ledger
