#include <catch2/catch.hpp>

#include "tests/ledger/store_write/sequencer_fixture.hpp"

// Invariant L11 through the write path; the rules of time themselves: test_ledger_time.cpp.

namespace ledger {
namespace {

Event stored_event(const SequencerFixture& fixture, std::uint64_t number) {
    return decode_event(fixture.engine->event({number}).value()).value();
}

EventDraft confirmation(Timestamp wall) {
    return {{Actor::Kind::operator_, Actor::Authority::local_account, {}}, TimeConfirmed{wall}, {}};
}

}  // namespace

TEST_CASE("time: a step of the wall clock becomes an event before anything else is decided (L11)",
          "[sequencer][time]") {
    SequencerFixture fixture;
    fixture.start();
    REQUIRE(fixture.write(1).get());
    fixture.clock.step(day * 400);
    bool doubted_when_decided = false;
    Timestamp judged;
    const auto receipt = fixture
                             .submit([&](const Moment& moment) {
                                 doubted_when_decided = moment.in_doubt;
                                 judged = moment.judged;
                                 return Decision{{seat_draft(2)}, {}};
                             })
                             .get();
    CHECK(doubted_when_decided);
    CHECK(judged < sample_start + day);
    CHECK(receipt->index == SequenceNumber{3});
    const Event doubt = stored_event(fixture, 2);
    CHECK(doubt.actor.kind == Actor::Kind::server);
    CHECK(std::get<TimePutInDoubt>(doubt.body).reason == TimePutInDoubt::Reason::stepped_forward);
    CHECK(stored_event(fixture, 3).time < sample_start + day);  // monotonic only
    CHECK(comes_true([&] { return fixture.sequencer->stats().in_doubt_since.has_value(); }));

    // Confirmed by people: time moves on to the clock, for the next task already.
    auto let_go = fixture.occupy();
    Outcome confirmed = fixture.write(confirmation({fixture.clock.wall_us()}));
    Outcome next = fixture.write(3);
    let_go.set_value();
    REQUIRE(confirmed.get());
    CHECK(stored_event(fixture, next.get()->index.value).time >= sample_start + day * 400);
    CHECK(comes_true([&] { return !fixture.sequencer->stats().in_doubt_since; }));
    CHECK(fixture.fault() == "");
}

TEST_CASE("time: a step back while idle is noticed without anybody asking (L11)", "[sequencer][time]") {
    SequencerFixture fixture;
    fixture.start();
    REQUIRE(fixture.write(1).get());
    fixture.clock.step(hour * -1);
    CHECK(comes_true([&] { return fixture.engine->size().value() == TreeSize{3}; }));
    CHECK(std::get<TimePutInDoubt>(stored_event(fixture, 2).body).reason == TimePutInDoubt::Reason::stepped_back);
    CHECK(stored_event(fixture, 2).time >= stored_event(fixture, 1).time);
}

TEST_CASE("time: an open doubt outlives a restart, and an undone confirmation moves judged time back (L11)",
          "[sequencer][time]") {
    SequencerFixture fixture;
    fixture.start();
    fixture.clock.step(day * 400);
    REQUIRE(fixture.write(1).get());  // 1: doubt, 2: seat
    fixture.restart();
    bool doubted = false;
    REQUIRE(fixture
                .submit([&](const Moment& moment) {
                    doubted = moment.in_doubt;
                    return Decision{{seat_draft(2)}, {}};
                })
                .get());
    CHECK(doubted);
    CHECK(stored_event(fixture, 3).time < sample_start + day);

    const auto confirmed = fixture.write(confirmation({fixture.clock.wall_us()})).get();  // wrongly
    REQUIRE(fixture.write(3).get());
    fixture.clock.step(day * -400);  // the clock is set right, which is a step back of course
    REQUIRE(fixture.write(4).get());
    TimeConfirmationUndone undone{confirmed->index, day * 400};
    REQUIRE(fixture
                .write(EventDraft{
                    {Actor::Kind::operator_, Actor::Authority::hsm_pin_and_typed_confirmation, {}}, undone, {}})
                .get());
    REQUIRE(fixture.write(confirmation({fixture.clock.wall_us()})).get());
    fixture.restart();
    Moment seen;
    REQUIRE(fixture
                .submit([&](const Moment& moment) {
                    seen = moment;
                    return Decision{{seat_draft(5)}, {}};
                })
                .get());
    CHECK(!seen.in_doubt);
    CHECK(seen.now >= sample_start + day * 400);  // event times never go back
    CHECK(seen.judged < sample_start + day);
    CHECK(fixture.fault() == "");
}

TEST_CASE("time: a doubt that arises while the signer is down is written when it is back (L11)", "[sequencer][time]") {
    SequencerFixture fixture;
    fixture.start();
    fixture.signer.set_fault(support::SoftwareSigner::Fault::unavailable);
    CHECK(fixture.write(1).get().error().code == errc::signer_unavailable);
    fixture.clock.step(day);
    CHECK(comes_true([&] { return fixture.sequencer->stats().in_doubt_since.has_value(); }));
    fixture.signer.set_fault(support::SoftwareSigner::Fault::none);
    CHECK(comes_true([&] { return fixture.engine->size().value() == TreeSize{3}; }));
    CHECK(std::holds_alternative<TimePutInDoubt>(stored_event(fixture, 2).body));
}

}  // namespace ledger
