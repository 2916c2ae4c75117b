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
    std::atomic<int> told = 0;
    Projector projector(ledger.models(), log, {ledger.size()}, {.failing = [&](const ledger::Error& why) {
                            if (why.stable_code() == "read-models-unusable") ++told;
                        }});
    CHECK_FALSE(projector.wait_for({1}, 300ms));
    REQUIRE(projector.status().failing);
    CHECK(projector.status().failing->stable_code() == "read-models-unusable");
    projector.released({ledger.size() + 1});
    projector.stop();
    CHECK(told == 1);
}

TEST_CASE("projector: models that are made again are told of, why, and when they are whole") {
    LoggedLedger ledger(24, 100);
    const ledger::LogReader& log = ledger.log();
    std::vector<std::string> told;
    const auto follow = [&] {
        told.clear();
        ProjectorReports reports;
        reports.begun_anew = [&](const ledger::Error& why) { told.push_back("anew " + why.describe()); };
        reports.made_again = [&](const ledger::Error& why, ledger::TreeSize size, std::chrono::milliseconds took) {
            CHECK(took.count() >= 0);
            told.push_back(std::string(why.stable_code()) + " " + std::to_string(size.value));
        };
        Projector projector(ledger.models(), log, {ledger.size()}, std::move(reports));
        REQUIRE(projector.wait_for({ledger.size()}, 20s));
        projector.stop();
    };
    const std::string size = " " + std::to_string(ledger.size());
    follow();
    CHECK(told.empty());  // there was nothing
    follow();
    CHECK(told.empty());  // they are good

    std::filesystem::resize_file(ledger.models() / "data.mdb", 100);
    follow();
    REQUIRE(told.size() == 2);
    CHECK(told[0].starts_with("anew read-models-damaged"));
    CHECK(told[1] == "read-models-damaged" + size);

    // Another boot's, and never closed.
    std::filesystem::remove(ledger.models() / "whole");
    std::ofstream(ledger.models() / "in-use") << "another boot\n";
    follow();
    REQUIRE(told.size() == 2);
    CHECK(told[0].starts_with("anew read-models-stale"));
    CHECK(told[1] == "read-models-stale" + size);

    {  // Of another ledger.
        LoggedLedger other(25, 60);
        Projector projector(other.models(), other.log(), {other.size()});
        REQUIRE(projector.wait_for({other.size()}, 20s));
        projector.stop();
        std::filesystem::remove_all(ledger.models());
        std::filesystem::copy(other.models(), ledger.models());
    }
    follow();
    REQUIRE(told.size() == 2);
    CHECK(told[0].find("events of another history") != std::string::npos);
    CHECK(told[1] == "read-models-stale" + size);
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
