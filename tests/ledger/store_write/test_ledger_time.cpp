#include <catch2/catch.hpp>
#include <random>

#include "ledger/store_write/ledger_time.hpp"

// Invariant L11: every kind of step of the wall clock.

namespace ledger {
namespace {

using Reason = TimePutInDoubt::Reason;
constexpr Timestamp start{1'767'225'600'000'000};

/// A time, the clocks it is shown, and the events it is told of.
struct Simulation {
    explicit Simulation(const TimeStanding& standing = {start, false, {}, {}}, Timestamp wall = start)
        : reading{wall, 5'000'000}, time(standing, reading) {}
    std::optional<TimePutInDoubt> pass(Duration real, Duration step = {}) {
        reading.wall = reading.wall + real + step;
        reading.monotonic_us += real.us;
        return time.observe(reading);
    }
    void apply(EventBody body) {
        Event event;
        event.time = time.now();
        event.body = std::move(body);
        time.apply(event);
    }
    ClockReading reading;
    LedgerTime time;
};

}  // namespace

TEST_CASE("ledger time: goes with the clocks while they agree", "[time]") {
    Simulation simulation;
    CHECK(!simulation.pass(hour));
    CHECK(simulation.time.now() == start + hour);
    CHECK(simulation.time.judged() == simulation.time.now());
    CHECK(!simulation.time.in_doubt());
}

TEST_CASE("ledger time: a step forward within the bound is followed slowly", "[time]") {
    Simulation simulation;
    CHECK(!simulation.pass(second, minute * 4));
    CHECK(simulation.time.now() <= start + second + Duration{second.us / 100});
    CHECK(simulation.time.now() > start + second);
    for (int i = 0; i < 1'000; ++i) REQUIRE(!simulation.pass(minute));
    CHECK(simulation.time.now() == simulation.reading.wall);
}

TEST_CASE("ledger time: many small readings follow as fast as few", "[time]") {
    Simulation simulation;
    CHECK(!simulation.pass(second, second));
    for (int i = 0; i < 3'000'000 && simulation.time.now() != simulation.reading.wall; ++i) {
        REQUIRE(!simulation.pass(microsecond * 37));
    }
    CHECK(simulation.time.now() == simulation.reading.wall);
}

TEST_CASE("ledger time: a step forward beyond the bound puts time in doubt, and only monotonic time counts", "[time]") {
    Simulation simulation;
    const auto doubt = simulation.pass(second, minute * 6);
    REQUIRE(doubt);
    CHECK(doubt->reason == Reason::stepped_forward);
    CHECK(doubt->wall_time == simulation.reading.wall);
    CHECK(simulation.time.in_doubt());
    CHECK(simulation.time.now() == start + second);
    simulation.apply(*doubt);
    CHECK(!simulation.pass(hour, day));  // in doubt already
    CHECK(simulation.time.now() == start + second + hour);
    CHECK(simulation.time.in_doubt());
}

TEST_CASE("ledger time: small steps forward that add up are doubted", "[time]") {
    Simulation simulation;
    std::optional<TimePutInDoubt> doubt;
    int steps = 0;
    for (; steps < 100 && !doubt; ++steps) doubt = simulation.pass(second, minute);
    REQUIRE(doubt);
    CHECK(steps <= 6);
    CHECK(simulation.time.now() < start + minute);
}

TEST_CASE("ledger time: a small step back slows time down, and never turns it", "[time]") {
    Simulation simulation;
    CHECK(!simulation.pass(second, {-1'500'000}));
    Timestamp last = simulation.time.now();
    for (int i = 0; i < 200'000; ++i) {
        REQUIRE(!simulation.pass(Duration{1'000}));
        REQUIRE(simulation.time.now() >= last);
        last = simulation.time.now();
    }
    CHECK(simulation.time.now() == simulation.reading.wall);
}

TEST_CASE("ledger time: a step back beyond the tolerance puts time in doubt", "[time]") {
    Simulation simulation;
    const auto doubt = simulation.pass(second, {-3'100'000});
    REQUIRE(doubt);
    CHECK(doubt->reason == Reason::stepped_back);
    CHECK(simulation.time.now() == start + second);
}

TEST_CASE("ledger time: across a stop, days are believed and many days are not", "[time]") {
    SECTION("29 days") {
        Simulation simulation({start, false, {}, {}}, start + day * 29);
        CHECK(!simulation.pass(second));
        CHECK(simulation.time.now() == start + day * 29 + second);
    }
    SECTION("31 days") {
        Simulation simulation({start, false, {}, {}}, start + day * 31);
        CHECK(simulation.time.in_doubt());
        const auto doubt = simulation.pass(second);
        REQUIRE(doubt);
        CHECK(doubt->reason == Reason::forward_across_stop);
        CHECK(simulation.time.now() == start + second);
        CHECK(!simulation.pass(second));  // once
    }
    SECTION("back") {
        Simulation simulation({start, false, {}, {}}, start - hour);
        const auto doubt = simulation.pass({});
        REQUIRE(doubt);
        CHECK(doubt->reason == Reason::stepped_back);
        CHECK(simulation.time.now() == start);
    }
    SECTION("back within the tolerance") {
        Simulation simulation({start, false, {}, {}}, start - second);
        CHECK(!simulation.pass({}));
        CHECK(simulation.time.now() == start);
    }
    SECTION("a doubt that was open stays open, and the stop does not count") {
        Simulation simulation({start, true, {}, {}}, start + day);
        CHECK(simulation.time.in_doubt());
        CHECK(!simulation.pass(minute));
        CHECK(simulation.time.now() == start + minute);
    }
}

TEST_CASE("ledger time: a confirmation moves time on to the confirmed clock", "[time]") {
    Simulation simulation;
    simulation.apply(*simulation.pass(second, day * 3));
    simulation.apply(TimeConfirmed{simulation.reading.wall});
    CHECK(!simulation.time.in_doubt());
    CHECK(simulation.time.now() == simulation.reading.wall);
    CHECK(!simulation.pass(hour));
    CHECK(simulation.time.now() == simulation.reading.wall);
}

TEST_CASE("ledger time: a confirmed clock that is behind lengthens nothing and is not doubted again", "[time]") {
    Simulation simulation;
    simulation.apply(*simulation.pass(second, day * -2));
    simulation.apply(TimeConfirmed{simulation.reading.wall});
    CHECK(!simulation.time.in_doubt());
    CHECK(simulation.time.judged() == start + second);  // no date moves away
    CHECK(!simulation.pass(hour));
    CHECK(simulation.time.now() == start + second + hour);
    SECTION("nor after a restart") {
        Simulation again(simulation.time.standing(), simulation.reading.wall + hour);
        CHECK(!again.pass({}));
        CHECK(again.time.now() == start + second + hour + hour);
    }
    SECTION("but its own steps are") { CHECK(simulation.pass(second, minute * 6)); }
}

TEST_CASE("ledger time: a confirmation is undone by an offset, and event times go on", "[time]") {
    Simulation simulation;
    simulation.apply(*simulation.pass(second, day * 400));
    simulation.apply(TimeConfirmed{simulation.reading.wall});  // wrongly
    const Timestamp wrong = simulation.time.now();
    const auto back = simulation.pass(second, day * -400);
    REQUIRE(back);
    simulation.apply(*back);
    simulation.apply(TimeConfirmationUndone{{3}, day * 400});
    CHECK(simulation.time.in_doubt());
    simulation.apply(TimeConfirmed{simulation.reading.wall});
    CHECK(!simulation.time.in_doubt());
    CHECK(simulation.time.now() >= wrong);
    CHECK(simulation.time.judged() <= simulation.reading.wall + Duration{10});
    CHECK(!simulation.pass(hour));
    CHECK(simulation.time.judged() - simulation.reading.wall == Duration{});
    Simulation again(simulation.time.standing(), simulation.reading.wall + day);
    CHECK(!again.pass({}));
    CHECK(again.time.judged() == simulation.reading.wall + day);
}

TEST_CASE("ledger time: under random clocks event times never go back, and never run ahead undoubted", "[time]") {
    const auto seed = GENERATE(take(20, random(0U, 0xffffffffU)));
    CAPTURE(seed);
    std::mt19937 random(seed);
    Simulation simulation;
    Timestamp last = simulation.time.now();
    Duration real{};
    for (int i = 0; i < 2'000; ++i) {
        const Duration passed{static_cast<std::int64_t>(random() % 2'000'000)};
        const Duration step =
            random() % 10 == 0 ? Duration{static_cast<std::int64_t>(random() % 20'000'000) - 10'000'000} : Duration{};
        real.us += passed.us;
        const auto doubt = simulation.pass(passed, step);
        REQUIRE(simulation.time.now() >= last);
        last = simulation.time.now();
        if (doubt) simulation.apply(*doubt);
        if (!simulation.time.in_doubt()) {
            REQUIRE(simulation.time.now() <= start + real + Duration{real.us / 100 + 10'000});
        }
        if (simulation.time.in_doubt() && random() % 50 == 0) break;
    }
}

}  // namespace ledger
