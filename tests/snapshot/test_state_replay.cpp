// The whole log folded again tells a snapshot that is right from one that only looks it. Invariant L6.

#include "snapshot/state_errc.hpp"
#include "snapshot/state_replay.hpp"
#include "tests/snapshot/grown_ledger.hpp"

using snapshot::ReplayPlan;
using support::GrownLedger;
using Outcome = snapshot::SnapshotVerdict::Outcome;
namespace fs = std::filesystem;

namespace {

struct Replayed : GrownLedger {
    Replayed() {
        older = make();
        grow(600);
        newer = make();
    }
    [[nodiscard]] snapshot::ReplayReport replay(ReplayPlan::Mode mode,
                                                std::optional<snapshot::ServerState> server = {}) const {
        return snapshot::replay(snapshots(), *log(), {mode, server}).value();
    }
    /// A snapshot with a right header, whole and strictly well formed, of a state that the log does not give.
    void forge() const {
        auto state = folded(newer.facts.head.size.value - 1);
        ledger::Event event;
        event.sequence_number = {newer.facts.head.size.value - 1};
        event.time = state->time().last_event();
        event.origin = state->identity().origin();
        event.body = ledger::SettingChanged{"open_enrolment", "true"};
        state->apply(event);
        REQUIRE(snapshot::write_state_file(newer.path, *state, newer.facts.head));
    }
    snapshot::MadeSnapshot older, newer;
};

std::vector<Outcome> outcomes(const snapshot::ReplayReport& report) {
    std::vector<Outcome> all;
    for (const auto& verdict : report.snapshots) all.push_back(verdict.outcome);
    return all;
}

}  // namespace

TEST_CASE("state replay: good snapshots are the same, and checking writes nothing", "[L6]") {
    Replayed ledger;
    ledger.grow(5);
    const auto report = ledger.replay(ReplayPlan::Mode::check);
    CHECK(outcomes(report) == std::vector{Outcome::same, Outcome::same});
    CHECK(report.all_same());
    CHECK_FALSE(report.made);
    CHECK(report.size.value == ledger.maker.size());
    CHECK(report.state == ledger.folded(ledger.maker.size())->digest());
    CHECK(ledger.snapshots().list().value().size() == 2);
}

TEST_CASE("state replay: a forged snapshot passes for good at a start, and not here", "[L6][L8]") {
    Replayed ledger;
    ledger.forge();
    CHECK(ledger.choose().found.rejected.empty());
    auto report = ledger.replay(ReplayPlan::Mode::check);
    CHECK(outcomes(report) == std::vector{Outcome::same, Outcome::bad});
    CHECK(report.snapshots[1].why->stable_code() == "snapshot-differs");
    CHECK_FALSE(report.all_same());
    report = ledger.replay(ReplayPlan::Mode::repair);
    CHECK(outcomes(report) == std::vector{Outcome::same, Outcome::repaired});
    CHECK(snapshot::read_state_facts(ledger.newer.path).value() == ledger.newer.facts);
    CHECK(ledger.replay(ReplayPlan::Mode::check).all_same());
}

TEST_CASE("state replay: damaged ones come back byte for byte, and a missing one is made") {
    Replayed ledger;
    const std::string older = GrownLedger::read(ledger.older.path);
    const std::string newer = GrownLedger::read(ledger.newer.path);
    GrownLedger::write(ledger.older.path, older.substr(0, older.size() / 2));
    GrownLedger::write(ledger.newer.path, "nonsense");
    auto report = ledger.replay(ReplayPlan::Mode::repair);
    CHECK(outcomes(report) == std::vector{Outcome::repaired, Outcome::repaired});
    CHECK(GrownLedger::read(ledger.older.path) == older);
    CHECK(GrownLedger::read(ledger.newer.path) == newer);
    fs::remove(ledger.newer.path);
    report = ledger.replay(ReplayPlan::Mode::repair);
    CHECK(report.made == ledger.newer.path);
    CHECK(GrownLedger::read(ledger.newer.path) == newer);
}

TEST_CASE("state replay: a snapshot of more events than there are is bad, and goes when it may") {
    Replayed ledger;
    const auto beyond = ledger.snapshots().path_of({99'999});
    fs::copy_file(ledger.newer.path, beyond);
    auto report = ledger.replay(ReplayPlan::Mode::check);
    CHECK(outcomes(report) == std::vector{Outcome::same, Outcome::same, Outcome::bad});
    CHECK(report.snapshots[2].why->stable_code() == "snapshot-not-of-log");
    CHECK(fs::exists(beyond));
    fs::remove(ledger.newer.path);  // so that one has to be written
    report = ledger.replay(ReplayPlan::Mode::repair);
    CHECK(outcomes(report) == std::vector{Outcome::same, Outcome::removed});
    CHECK_FALSE(fs::exists(beyond));
}

TEST_CASE("state replay: a running server's state is compared at its own size", "[L6]") {
    Replayed ledger;
    for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{43}, std::uint64_t{300}, ledger.maker.size()}) {
        CAPTURE(size);
        auto report = ledger.replay(ReplayPlan::Mode::check, {{{size}, ledger.folded(size)->digest()}});
        CHECK(report.all_same());
        report = ledger.replay(ReplayPlan::Mode::check, {{{size}, ledger.folded(size - 1)->digest()}});
        REQUIRE(report.server_differs);
        CHECK(report.server_differs->stable_code() == "state-differs");
    }
}
