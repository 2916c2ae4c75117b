#include <algorithm>
#include <set>

#include "tests/support/result_text.hpp"
#include "tools/client/renewal_schedule.hpp"
#include "tools/client/service.hpp"

using namespace client;
using namespace std::chrono_literals;
using ledger::Timestamp;

TEST_CASE("back-off: waits stay below a doubling ceiling, and reach all of it") {
    const auto seed = GENERATE(1U, 2U, 3U, 20261123U);
    CAPTURE(seed);
    BackOff back_off{Random(seed)};
    auto ceiling = BackOff::first;
    for (int failure = 0; failure < 30; ++failure) {
        const auto wait = back_off.next(std::nullopt);
        CHECK(wait >= 0ms);
        CHECK(wait <= std::min(ceiling, BackOff::longest));
        ceiling = std::min(ceiling * 2, BackOff::longest);
    }
    back_off.succeeded();
    CHECK(back_off.next(std::nullopt) <= BackOff::first);
}

TEST_CASE("back-off: jitter is full, so that desktops do not come back together") {
    Random seeds(7);
    std::set<std::int64_t> waits;
    for (int desktop = 0; desktop < 100; ++desktop) {
        BackOff back_off{Random(seeds())};
        for (int failure = 0; failure < 9; ++failure) static_cast<void>(back_off.next(std::nullopt));
        waits.insert(back_off.next(std::nullopt).count() / 60'000);
    }
    CHECK(waits.size() >= 10);  // spread over the fifteen minutes
}

TEST_CASE("back-off: Retry-After is a lower bound, with a limit") {
    BackOff back_off{Random(5)};
    for (int i = 0; i < 20; ++i) CHECK(back_off.next(60s) >= 60s);
    CHECK(back_off.next(std::chrono::seconds::max()) <= BackOff::server_wish_max + BackOff::first);
    CHECK(back_off.next(0s) >= 0ms);
}

TEST_CASE("renewal: it falls between renew_after and a tenth of the rest, at most six hours later") {
    const auto seed = GENERATE(range(1U, 20U));
    CAPTURE(seed);
    Random random(seed);
    const Timestamp granted{1'000 * ledger::day.us};
    const auto ends = granted + ledger::day * 30;
    const auto asked = renewal_time({granted, ends, granted + ledger::day * 20}, random);
    REQUIRE(asked);
    CHECK(*asked >= granted + ledger::day * 20);
    CHECK(*asked <= granted + ledger::day * 20 + ledger::hour * 6);
    const auto unknown = renewal_time({granted, ends, std::nullopt}, random);
    REQUIRE(unknown);
    CHECK(*unknown >= granted + ledger::day * 15);
    CHECK(*unknown < ends);
    CHECK(!renewal_time({granted, Timestamp{0}, std::nullopt}, random));
}

TEST_CASE("service: the next duty follows from seat, renewal, visit and clock") {
    const Timestamp now{5'000 * ledger::day.us};
    const auto later = now + ledger::hour * 10;
    CHECK(next_duty(false, std::nullopt, later, now).duty == Duty::activate);
    CHECK(next_duty(true, now, later, now).duty == Duty::renew);
    CHECK(next_duty(true, std::nullopt, now, now).duty == Duty::visit);
    CHECK(next_duty(true, later, later, now).duty == Duty::rest);
    CHECK(next_duty(true, now + ledger::minute, later, now).when == now + ledger::minute);
    CHECK(next_duty(true, later, later, now).when == now + ledger::hour);  // the clock is looked at again
    CHECK(next_duty(true, std::nullopt, now + ledger::day * 900, now).duty == Duty::visit);  // it was set back
}
