#include <thread>

#include "snapshot/state_keeper.hpp"
#include "tests/snapshot/grown_ledger.hpp"
#include "tests/support/manual_clock.hpp"

using support::GrownLedger;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

template <class Condition>
bool comes_true(const Condition& condition) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(20ms);
    }
    return true;
}

struct Kept : GrownLedger {
    explicit Kept(snapshot::KeeperPlan plan) {
        auto choice = choose();
        reader = log();
        keeper.emplace(snapshots(), *reader, clock, std::move(plan), std::move(choice.found), ledger::TreeSize{43});
    }
    [[nodiscard]] std::uint64_t newest() const {
        const auto used = keeper->status().found.used;
        return used ? used->head.size.value : 0;
    }
    void more(std::uint64_t devices) {
        grow(devices);
        keeper->released({maker.size()});
    }
    support::ManualClock clock{ledger::Timestamp{1'800'000'000'000'000}};
    std::unique_ptr<ledger::LogReader> reader;
    std::optional<snapshot::StateKeeper> keeper;
};

}  // namespace

TEST_CASE("state keeper: makes one every so many events, and none before") {
    Kept kept({.every_events = 100});
    kept.more(50);
    std::this_thread::sleep_for(1'300ms);
    CHECK(kept.newest() == 0);
    kept.more(50);
    REQUIRE(comes_true([&] { return kept.newest() == 143; }));
    CHECK(kept.keeper->status().made_at.us == kept.clock.wall_us());
    CHECK(snapshot::read_state_file(kept.snapshots().path_of({143})).value().facts.state == kept.folded(143)->digest());
}

TEST_CASE("state keeper: makes one every so long, if there was an event") {
    Kept kept({.every = ledger::hour});
    kept.more(1);
    std::this_thread::sleep_for(1'300ms);
    CHECK(kept.newest() == 0);
    kept.clock.pass(ledger::hour);
    REQUIRE(comes_true([&] { return kept.newest() == 44; }));
    const auto made_at = kept.keeper->status().made_at;
    kept.clock.pass(ledger::hour);
    std::this_thread::sleep_for(1'300ms);
    CHECK(kept.keeper->status().made_at == made_at);
}

TEST_CASE("state keeper: what cannot be written is told, tried again later, and then no longer told") {
    std::atomic<int> told = 0;
    Kept kept({.every_events = 1, .retry = ledger::minute, .on_failure = [&](const ledger::Error&) { ++told; }});
    GrownLedger::write(kept.snapshots().path(), "a file where the folder should be");
    kept.more(1);
    REQUIRE(comes_true([&] { return kept.keeper->status().failing.has_value(); }));
    CHECK(kept.keeper->status().failing->stable_code() == "snapshot-not-written");
    fs::remove(kept.snapshots().path());
    std::this_thread::sleep_for(1'300ms);
    CHECK(told == 1);
    kept.clock.pass(ledger::minute);
    REQUIRE(comes_true([&] { return kept.newest() == 44; }));
    CHECK_FALSE(kept.keeper->status().failing);
}

TEST_CASE("state keeper: after one that took long, there is a pause in proportion") {
    // A clock that goes on by itself, a minute each time that it is looked at: making one seems to take minutes.
    struct Hurrying final : ledger::Clock {
        [[nodiscard]] std::int64_t wall_us() const override { return 0; }
        [[nodiscard]] std::int64_t monotonic_us() const override { return now += ledger::minute.us; }
        mutable std::atomic<std::int64_t> now{0};
    } clock;
    GrownLedger ledger;
    const auto reader = ledger.log();
    snapshot::KeeperPlan plan;
    plan.every_events = 1;
    plan.pause_factor = 1'000'000;
    snapshot::StateKeeper keeper(ledger.snapshots(), *reader, clock, plan, ledger.choose().found, {43});
    REQUIRE(comes_true([&] { return keeper.status().found.used.has_value(); }));
    ledger.grow(1);
    keeper.released({44});
    std::this_thread::sleep_for(2'300ms);
    CHECK(keeper.status().found.used->head.size.value == 43);
}

TEST_CASE("state keeper: one that was rejected at the start is replaced soon, whatever the plan says") {
    GrownLedger ledger;
    const auto good = ledger.make();
    ledger.grow(3);
    const auto bad = ledger.make();
    GrownLedger::write(bad.path, "nonsense");
    support::ManualClock clock{ledger::Timestamp{1'800'000'000'000'000}};
    const auto reader = ledger.log();
    snapshot::StateKeeper keeper(ledger.snapshots(), *reader, clock, {}, ledger.choose().found, {46});
    CHECK(keeper.status().found.rejected.size() == 1);
    REQUIRE(comes_true([&] { return keeper.status().found.rejected.empty(); }));
    CHECK(ledger.choose().found.used->head.size.value == 46);
    CHECK(ledger.snapshots().list().value().size() == 2);
    CHECK(snapshot::read_state_facts(good.path));
}

TEST_CASE("state keeper: the last one is of the whole log, and only of what is durable") {
    Kept kept({});
    kept.more(7);
    kept.keeper->stop();
    const auto ahead = kept.folded(50);
    ledger::Event event;
    event.sequence_number = {50};
    event.time = ahead->time().last_event();
    event.origin = ahead->identity().origin();
    event.body = ledger::ServerStarted{"1"};
    ahead->apply(event);
    CHECK(kept.keeper->keep_last(*ahead));
    CHECK(kept.newest() == 0);
    CHECK(kept.keeper->keep_last(*kept.folded(50)));
    CHECK(kept.newest() == 50);
    CHECK(kept.choose().state->size().value == 50);
}
