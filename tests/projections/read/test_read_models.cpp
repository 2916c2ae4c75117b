#include <chrono>
#include <fstream>
#include <iostream>

#include "projections/read/errc.hpp"
#include "snapshot/read_rebuild.hpp"
#include "tests/projections/read/logged_ledger.hpp"

using namespace projections;
using support::LoggedLedger;
using support::SlowModels;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<ReadModels> open_models(const LoggedLedger& ledger, const ledger::LogReader& log) {
    return ReadModels::open(ledger.models(), log, ReadModels::Access::write).value();
}
/// All that there is, in batches of so many events.
void fold_all(ReadModels& models, const LoggedLedger& ledger, const ledger::LogReader& log, std::size_t batch) {
    std::span<const ledger::Event> left = std::span(ledger.events).subspan(models.size().value);
    while (!left.empty()) {
        const auto some = left.first(std::min(batch, left.size()));
        REQUIRE(models.apply(some));
        REQUIRE(models.commit(log));
        left = left.subspan(some.size());
    }
}
std::vector<ledger::ActivationId> all_pages(const ReadEnvironment& models, const SeatQuery& query, std::size_t most) {
    std::vector<ledger::ActivationId> ids;
    std::optional<ledger::SequenceNumber> next{ledger::SequenceNumber{0}};
    while (next) {
        const SeatPageFound page = query_seats(models, query, *next, most).value();
        REQUIRE(page.seats.size() <= most);
        for (const SeatSummary& seat : page.seats) ids.push_back(seat.id);
        if (page.next) REQUIRE(*page.next > *next);
        next = page.next;
    }
    return ids;
}

}  // namespace

TEST_CASE("read models: history, search and counts say what the log says") {
    const auto seed = GENERATE(3, 4, 5);
    CAPTURE(seed);
    const LoggedLedger ledger(static_cast<std::uint64_t>(seed), 500);
    const ledger::LogReader& log = ledger.log();
    const auto models = open_models(ledger, log);
    fold_all(*models, ledger, log, 64);
    CHECK(models->size().value == ledger.events.size());
    const ReadEnvironment& read = models->environment();
    const SlowModels slow(ledger.events);
    REQUIRE(slow.seats.size() > 150);

    for (const auto& [id, seat] : slow.seats) {
        REQUIRE(find_seat(read, id).value() == seat.summary);
        std::vector<SeatChange> newest_first(seat.changes.rbegin(), seat.changes.rend());
        REQUIRE(seat_history(read, id, 1'000).value() == newest_first);
        newest_first.resize(1);
        REQUIRE(seat_history(read, id, 1).value() == newest_first);
    }
    CHECK_FALSE(find_seat(read, ledger::ActivationId{}).value());
    CHECK(seat_history(read, ledger::ActivationId{}, 10).value().empty());

    const ledger::Timestamp first = ledger.events[4].time;
    const std::string product = slow.seats.begin()->second.summary.product;
    std::size_t found = 0;
    for (const std::string& license : {std::string(), std::string("L1"), std::string("L2"), std::string("L9")}) {
        for (const std::string& of : {std::string(), product, std::string("never-heard-of")}) {
            for (const int from_days : {-1, 0, 3, 1'000}) {
                for (const int to_days : {-1, 5, 15}) {
                    SeatQuery query{of, license, {}, {}};
                    if (from_days >= 0) query.from = first + ledger::day * from_days + ledger::hour * 5;
                    if (to_days >= 0) query.to = first + ledger::day * to_days;
                    CAPTURE(license, of, from_days, to_days);
                    const auto expected = slow.query(query, ledger.events);
                    REQUIRE(all_pages(read, query, 7) == expected);
                    found += expected.size();
                }
            }
        }
    }
    CHECK(found > 1'000);

    const std::int64_t day = slow.days.begin()->first;
    const auto days = count_days(read, 0, day + 10'000, 10'000).value();
    REQUIRE(days.size() == slow.days.size());
    for (const DayCount& count : days) REQUIRE(count == slow.days.at(count.day));
    CHECK(count_days(read, day + 1, day + 2, 10).value().size() == 2);
    CHECK(count_days(read, -5, day + 2, 1).value().size() == 1);
}

TEST_CASE("L6: read models have one digest, however their events came to them", "[L6]") {
    LoggedLedger ledger(8, 300);
    const ledger::LogReader& log = ledger.log();
    ledger::Digest expected;
    {
        const auto models = open_models(ledger, log);
        fold_all(*models, ledger, log, 1);
        expected = models->digest().value().digest;
    }
    fs::remove_all(ledger.models());
    {
        const auto models = open_models(ledger, log);
        REQUIRE(models->apply(std::span(ledger.events).first(100)));
        REQUIRE(models->commit(log));
        REQUIRE(models->apply(std::span(ledger.events).subspan(100, 50)));
        models->give_up();
        CHECK(models->size().value == 100);
    }
    {
        const auto models = open_models(ledger, log);  // from where it was
        CHECK(models->size().value == 100);
        CHECK(models->digest().value().digest != expected);
        fold_all(*models, ledger, log, 1'000);
        CHECK(models->digest().value().digest == expected);
        CHECK(models->digest().value().size.value == ledger.events.size());
    }
    const auto rebuilt = snapshot::rebuild_read_models(ledger.models(), log, snapshot::ReadSwap::never).value();
    CHECK(rebuilt.digest == expected);
    CHECK_FALSE(rebuilt.differs);
    CHECK(rebuilt.old_size == rebuilt.size);
}

TEST_CASE("read models: of another ledger, or of another history, they are emptied, and never read") {
    LoggedLedger ledger(9, 60);
    LoggedLedger other(9, 80);
    const ledger::LogReader& log = ledger.log();
    fold_all(*open_models(ledger, log), ledger, log, 100);
    const ledger::LogReader& other_log = other.log();
    fs::copy(ledger.models(), other.models(), fs::copy_options::recursive);
    const auto refused = ReadModels::open(other.models(), other_log, ReadModels::Access::read);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().stable_code() == "read-models-stale");
    const auto models = open_models(other, other_log);
    CHECK(models->size().value == 0);
    CHECK(count_days(models->environment(), 0, 1'000'000, 10).value().empty());
    fold_all(*models, other, other_log, 100);
    const SlowModels slow(other.events);
    CHECK(find_seat(models->environment(), slow.seats.begin()->first).value() == slow.seats.begin()->second.summary);
}

TEST_CASE("read models: what a power cut may have torn is not opened, and built again") {
    LoggedLedger ledger(10, 60);
    const ledger::LogReader& log = ledger.log();
    fold_all(*open_models(ledger, log), ledger, log, 100);
    CHECK_FALSE(fs::exists(ledger.models() / "in-use"));  // closed and synced
    CHECK(ReadModels::open(ledger.models(), log, ReadModels::Access::read).value()->size().value ==
          ledger.events.size());
    // As an earlier start of the machine left it: the mark, and pages of which some were never written.
    std::ofstream(ledger.models() / "in-use") << "another-boot\n";
    std::ofstream(ledger.models() / "data.mdb", std::ios::binary) << std::string(40'000, 'x');
    const auto refused = ReadModels::open(ledger.models(), log, ReadModels::Access::read);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().stable_code() == "read-models-stale");
    const auto models = open_models(ledger, log);
    CHECK(models->size().value == 0);
    CHECK(fs::exists(ledger.models() / "in-use"));
}

TEST_CASE("read models: one process writes, and others read beside it") {
    LoggedLedger ledger(11, 60);
    const ledger::LogReader& log = ledger.log();
    const auto models = open_models(ledger, log);
    fold_all(*models, ledger, log, 100);
    const auto second = ReadModels::open(ledger.models(), log, ReadModels::Access::write);
    REQUIRE_FALSE(second);
    CHECK(second.error().stable_code() == "read-models-busy");
    const auto rebuilt = snapshot::rebuild_read_models(ledger.models(), log, snapshot::ReadSwap::if_unused).value();
    CHECK_FALSE(rebuilt.swapped);
    CHECK_FALSE(rebuilt.differs);
    CHECK_FALSE(fs::exists(ledger.folder.path() / "read.new"));
}

TEST_CASE("read rebuild: models that the log does not give are found, and replaced", "[L6]") {
    LoggedLedger ledger(12, 120);
    const ledger::LogReader& log = ledger.log();
    {
        const auto models = open_models(ledger, log);
        fold_all(*models, ledger, log, 100);
        auto transaction = ReadTransaction::begin(models->environment(), ReadModels::Access::write).value();
        const ledger::ActivationId forged{{1, 2, 3}};
        REQUIRE(transaction.put(ReadTable::seats, forged.bytes, forged.bytes));
        REQUIRE(transaction.commit());
    }
    auto rebuilt = snapshot::rebuild_read_models(ledger.models(), log, snapshot::ReadSwap::never).value();
    REQUIRE(rebuilt.differs);
    CHECK(rebuilt.differs->stable_code() == "read-models-differ");
    CHECK_FALSE(rebuilt.swapped);
    rebuilt = snapshot::rebuild_read_models(ledger.models(), log, snapshot::ReadSwap::if_unused).value();
    CHECK(rebuilt.differs);
    CHECK(rebuilt.swapped);
    rebuilt = snapshot::rebuild_read_models(ledger.models(), log, snapshot::ReadSwap::never).value();
    CHECK_FALSE(rebuilt.differs);
    CHECK(rebuilt.old_size->value == ledger.events.size());
}

TEST_CASE("read models: a file in their place cannot be used, and says so") {
    LoggedLedger ledger(13, 5);
    const ledger::LogReader& log = ledger.log();
    std::ofstream(ledger.models()) << "a file";
    CHECK(ReadModels::open(ledger.models(), log, ReadModels::Access::write).error().stable_code() ==
          "read-models-unusable");
}

TEST_CASE("read models: a closed file in which anything has changed is not opened, and built again") {
    LoggedLedger ledger(14, 80);
    const ledger::LogReader& log = ledger.log();
    ledger::Digest expected;
    {
        const auto models = open_models(ledger, log);
        fold_all(*models, ledger, log, 100);
        expected = models->digest().value().digest;
    }
    const fs::path data = ledger.models() / "data.mdb";
    const auto bytes = static_cast<std::int64_t>(fs::file_size(data));
    const auto at = GENERATE(as<std::int64_t>{}, 40, 8'192, 12'300, -1);
    CAPTURE(at);
    SECTION("a bit") {
        std::fstream file(data, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg((at + bytes) % bytes);
        const auto before = static_cast<char>(file.get());
        file.seekp((at + bytes) % bytes);
        file.put(static_cast<char>(before ^ 4));
    }
    SECTION("its end") { fs::resize_file(data, static_cast<std::uintmax_t>((at + bytes) % bytes)); }
    SECTION("its seal") { std::ofstream(ledger.models() / "whole") << bytes << " 00\n"; }
    const auto refused = ReadModels::open(ledger.models(), log, ReadModels::Access::read);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().stable_code() == "read-models-damaged");
    const auto rebuilt = snapshot::rebuild_read_models(ledger.models(), log, snapshot::ReadSwap::never).value();
    REQUIRE(rebuilt.differs);
    CHECK(rebuilt.differs->stable_code() == "read-models-damaged");
    CHECK_FALSE(rebuilt.old_size);
    const auto models = open_models(ledger, log);
    CHECK(models->size().value == 0);
    REQUIRE(models->environment().removed());
    CHECK(models->environment().removed()->stable_code() == "read-models-damaged");
    fold_all(*models, ledger, log, 100);
    CHECK(models->digest().value().digest == expected);
}

TEST_CASE("read models: what a fault marked, or two writers in succession did not close, is built again") {
    LoggedLedger ledger(15, 80);
    const ledger::LogReader& log = ledger.log();
    fold_all(*open_models(ledger, log), ledger, log, 100);
    std::string boot;
    std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
    SECTION("one did not") {
        std::ofstream(ledger.models() / "in-use") << boot << "\n";
        CHECK(open_models(ledger, log)->size().value == ledger.events.size());
        CHECK(ReadModels::open(ledger.models(), log, ReadModels::Access::read));
    }
    SECTION("two did not") {
        std::ofstream(ledger.models() / "in-use") << boot << " again\n";
        CHECK(ReadModels::open(ledger.models(), log, ReadModels::Access::read));
        const auto models = open_models(ledger, log);
        CHECK(models->size().value == 0);
        CHECK_FALSE(models->environment().removed());  // it may have been well
    }
    SECTION("a fault") {
        std::ofstream(ledger.models() / "damaged").flush();
        CHECK(ReadModels::open(ledger.models(), log, ReadModels::Access::read).error().stable_code() ==
              "read-models-damaged");
        const auto models = open_models(ledger, log);
        CHECK(models->size().value == 0);
        CHECK(models->environment().removed());
        CHECK_FALSE(fs::exists(ledger.models() / "damaged"));
    }
}
