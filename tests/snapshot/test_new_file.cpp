#include "ledger/core/time_text.hpp"
#include "snapshot/errc.hpp"
#include "snapshot/new_file.hpp"
#include "snapshot/seat_report.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tests/support/own_disk.hpp"

// Files for people: there whole and durable, or not at all, and never over another one.

namespace snapshot {
namespace {

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t entries(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("new file: one writer at a time, and what a killed one left is written anew") {
    const support::TemporaryFolder folder;
    const auto path = folder.path() / "seats";
    std::ofstream(folder.path() / "seats.writing") << "left behind, and longer";
    NewFile file(path);
    REQUIRE(file.open());
    {
        NewFile second(path);
        const auto busy = second.open();
        REQUIRE(!busy);
        CHECK(busy.error().code == errc::table_busy);
    }
    REQUIRE(file.write("whole"));
    REQUIRE(file.finish());
    CHECK(contents(path) == "whole");
    CHECK(entries(folder.path()) == 1);
}

TEST_CASE("new file: never over another one, also if that came while it was written") {
    const support::TemporaryFolder folder;
    const auto path = folder.path() / "seats";
    NewFile file(path);
    REQUIRE(file.open());
    REQUIRE(file.write("mine"));
    std::ofstream(path) << "theirs";
    const auto late = file.finish();
    REQUIRE(!late);
    CHECK(late.error().code == errc::table_exists);
    file.take_back();
    CHECK(contents(path) == "theirs");
    NewFile again(path);
    const auto there = again.open();
    REQUIRE(!there);
    CHECK(there.error().code == errc::table_exists);
}

TEST_CASE("new file: what has no name is refused, and what was put in place can be taken back") {
    const support::TemporaryFolder folder;
    for (const auto& nameless : {std::filesystem::path(), folder.path() / ""}) {
        NewFile file(nameless);
        const auto opened = file.open();
        REQUIRE(!opened);
        CHECK(opened.error().code == errc::table_not_written);
    }
    {
        NewFile file(folder.path() / "seats");
        REQUIRE(file.open());
        REQUIRE(file.finish());
        CHECK(entries(folder.path()) == 1);
        file.take_back();
    }
    CHECK(entries(folder.path()) == 0);
}

TEST_CASE("report: a disk that is full is noticed before anybody signs, and nothing is left on it", "[L10]") {
    GrowingLedger ledger;
    ledger.grow_to(600);
    const auto log = ledger.open();
    const support::SmallDisk disk("size=128k");
    if (!disk.mounted()) {
        WARN("skipped: mounting needs root");
        return;
    }
    ReportPlan plan;
    plan.statement = disk.path() / "seats.jsonl";
    plan.csv = disk.path() / "seats.csv";
    plan.at = ledger::latest_time;
    const auto made = SeatReport::make(*log, plan);
    REQUIRE(!made);
    CHECK(made.error().code == errc::table_not_written);
    CHECK(entries(disk.path()) == 0);
}

TEST_CASE("report: a file that cannot be put in place takes the others back with it", "[L10]") {
    GrowingLedger ledger;
    ledger.grow_to(20);
    const auto log = ledger.open();
    const support::TemporaryFolder folder;
    ReportPlan plan;
    plan.statement = folder.path() / "seats.jsonl";
    plan.csv = folder.path() / "seats.csv";
    plan.at = ledger::latest_time;
    SECTION("something of that name came meanwhile") {
        const auto made = SeatReport::make(*log, plan);
        REQUIRE(made);
        std::ofstream(plan.statement) << "theirs";
        const auto published = (*made)->publish("proof\n");
        REQUIRE(!published);
        CHECK(published.error().code == errc::table_exists);
        CHECK(contents(plan.statement) == "theirs");
        std::filesystem::remove(plan.statement);
    }
    SECTION("two of the names are one") {
        const auto [name, suffix] =
            GENERATE(table<const char*, std::string_view>({{"seats.jsonl", ""},
                                                           {"seats.jsonl", report_proof_suffix},
                                                           {"seats.jsonl", report_personal_suffix},
                                                           {"x/../seats.jsonl", ""}}));
        plan.csv = folder.path() / (std::string(name) + std::string(suffix));
        const auto made = SeatReport::make(*log, plan);
        REQUIRE(!made);
        CHECK(made.error().code == errc::report_names_same);
        CHECK(entries(folder.path()) == 0);
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        CHECK(entry.path().extension() == ".writing");  // of what was not published, until the report is gone
    }
}

}  // namespace snapshot
