#include <fstream>

#include "projections/read/projector.hpp"
#include "tests/projections/read/logged_ledger.hpp"

using namespace projections;
using support::LoggedLedger;
using namespace std::chrono_literals;

namespace {

ledger::Digest digest_of(const LoggedLedger& ledger, const ledger::LogReader& log) {
    return ReadModels::open(ledger.models(), log, ReadModels::Access::read).value()->digest().value().digest;
}

}  // namespace

TEST_CASE("projector: follows the log, from event 0 or from where it was") {
    LoggedLedger ledger(21, 100);
    const ledger::LogReader& log = ledger.log();
    {
        Projector projector(ledger.models(), log, {ledger.size()});
        REQUIRE(projector.wait_for({ledger.size()}, 20s));
        CHECK(projector.status().applied.value == ledger.size());
        ledger.grow(50);
        CHECK_FALSE(projector.wait_for({ledger.size()}, 50ms));  // it was not told
        projector.released({ledger.size()});
        REQUIRE(projector.wait_for({ledger.size()}, 20s));
        CHECK_FALSE(projector.status().failing);
    }
    ledger.grow(700);
    {
        Projector projector(ledger.models(), log, {ledger.size()});
        REQUIRE(projector.wait_for({ledger.size()}, 20s));
    }
    const ledger::Digest followed = digest_of(ledger, log);
    std::filesystem::remove_all(ledger.models());
    {
        Projector projector(ledger.models(), log, {ledger.size()});
        REQUIRE(projector.wait_for({ledger.size()}, 20s));
        projector.stop();
        projector.stop();
    }
    CHECK(digest_of(ledger, log) == followed);
}

TEST_CASE("projector: what stands in its way is told, and the log does not wait") {
    LoggedLedger ledger(22, 10);
    const ledger::LogReader& log = ledger.log();
    std::ofstream(ledger.models()) << "a file";
    Projector projector(ledger.models(), log, {ledger.size()});
    CHECK_FALSE(projector.wait_for({1}, 300ms));
    REQUIRE(projector.status().failing);
    CHECK(projector.status().failing->stable_code() == "read-models-unusable");
    projector.released({ledger.size() + 1});
}

TEST_CASE("projector: models with rows that cannot be are made again while it runs") {
    LoggedLedger ledger(23, 100);
    const ledger::LogReader& log = ledger.log();
    {
        Projector projector(ledger.models(), log, {ledger.size()});
        REQUIRE(projector.wait_for({ledger.size()}, 20s));
    }
    {
        const auto models = ReadModels::open(ledger.models(), log, ReadModels::Access::write).value();
        auto transaction = ReadTransaction::begin(models->environment(), ReadModels::Access::write).value();
        REQUIRE(transaction.put(ReadTable::names, ledger::as_bytes("Pvdi"), ledger::as_bytes("x")));
        REQUIRE(transaction.commit());
    }
    {
        Projector projector(ledger.models(), log, {ledger.size()});
        REQUIRE(projector.wait_for({ledger.size()}, 20s));  // nobody has looked at the row
        ledger.grow(50);
        projector.released({ledger.size()});
        REQUIRE(projector.wait_for({ledger.size()}, 20s));
        CHECK_FALSE(projector.status().failing);
    }
    const ledger::Digest again = digest_of(ledger, log);
    std::filesystem::remove_all(ledger.models());
    {
        Projector projector(ledger.models(), log, {ledger.size()});
        REQUIRE(projector.wait_for({ledger.size()}, 20s));
    }
    CHECK(digest_of(ledger, log) == again);
}
