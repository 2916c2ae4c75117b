#include <atomic>

#include "ledger/core/errc.hpp"
#include "snapshot/mirror.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tests/support/manual_clock.hpp"

// Mirrors behind a growing ledger, and what becomes of them when their disk does.

namespace snapshot {
namespace {

using std::chrono::milliseconds;

/// Within a limit for a machine that is slow.
template <class Condition>
bool comes_true(const Condition& condition) {
    for (int i = 0; i < 2'000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
}

/// A ledger, and a mirror of it that looks often.
struct Mirrored {
    Mirrored() { ledger.grow_to(50); }
    [[nodiscard]] MirrorOptions options() const {
        MirrorOptions options;
        options.folder = ledger.at("mirror");
        options.pause = milliseconds(20);
        options.retry = milliseconds(50);
        return options;
    }
    [[nodiscard]] std::unique_ptr<Mirror> start(const MirrorOptions& options) {
        return std::make_unique<Mirror>(*log, clock, options, [this](const MirrorStatus&) { ++changes; });
    }
    void grow(Mirror& mirror, std::uint64_t size) {
        ledger.grow_to(size);
        mirror.released({ledger.maker.size()});
    }
    [[nodiscard]] static bool is_well_at(const Mirror& mirror, std::uint64_t size) {
        const MirrorStatus status = mirror.status();
        return status.size.value == size && status.behind == 0 && !status.problem;
    }
    [[nodiscard]] std::string checkpoint() const { return files_of(ledger.at("mirror"))["checkpoint"]; }

    GrowingLedger ledger;
    std::unique_ptr<ledger::LogReader> log = ledger.open();
    support::ManualClock clock{support::Vendor::began};
    std::atomic<int> changes = 0;
};

}  // namespace

TEST_CASE("mirror: follows the ledger, and says how far behind it is") {
    Mirrored mirrored;
    const auto mirror = mirrored.start(mirrored.options());
    CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, 50); }));
    for (const std::uint64_t size : {51U, 300U, 1'000U}) {
        mirrored.grow(*mirror, size);
        CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, size); }));
        CHECK(mirrored.checkpoint() == mirrored.ledger.maker.last_head());
    }
    CHECK(mirror->status().lag.us == 0);
    CHECK(mirrored.changes == 0);
}

TEST_CASE("mirror: what was released before a stop is in it afterwards") {
    Mirrored mirrored;
    MirrorOptions options = mirrored.options();
    options.pause = std::chrono::hours(1);
    const auto mirror = mirrored.start(options);
    CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, 50); }));
    mirrored.grow(*mirror, 400);
    mirror->stop();
    CHECK(mirrored.checkpoint() == mirrored.ledger.maker.last_head());
}

TEST_CASE("mirror: one that disappears is told of and not made anew; when it returns, it catches up") {
    Mirrored mirrored;
    const auto mirror = mirrored.start(mirrored.options());
    CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, 50); }));
    const auto folder = mirrored.ledger.at("mirror");
    const auto elsewhere = mirrored.ledger.at("elsewhere");
    std::filesystem::rename(folder, elsewhere);
    const bool mount_point_is_left = GENERATE(false, true);
    if (mount_point_is_left) std::filesystem::create_directory(folder);
    mirrored.grow(*mirror, 400);
    CHECK(comes_true([&] { return mirror->status().problem.has_value(); }));
    CHECK(mirror->status().problem->code == errc::mirror_gone);
    CHECK(mirror->status().since);
    CHECK(mirror->status().behind == 350);
    mirrored.grow(*mirror, 700);
    std::this_thread::sleep_for(milliseconds(200));
    CHECK(files_of(folder).empty());

    std::filesystem::remove(folder);
    std::filesystem::rename(elsewhere, folder);
    CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, 700); }));
    CHECK(mirrored.checkpoint() == mirrored.ledger.maker.last_head());
    CHECK(comes_true([&] { return mirrored.changes == 2; }));
}

TEST_CASE("mirror: a folder that is somebody else's is told of, and untouched", "[L10]") {
    Mirrored mirrored;
    std::filesystem::create_directory(mirrored.ledger.at("mirror"));
    write_file(mirrored.ledger.at("mirror") / "holiday.txt", "sun");
    const auto mirror = mirrored.start(mirrored.options());
    CHECK(comes_true([&] { return mirror->status().problem.has_value(); }));
    CHECK(mirror->status().problem->code == errc::export_folder_foreign);
    mirror->stop();
    CHECK(files_of(mirrored.ledger.at("mirror")) == Files{{"holiday.txt", "sun"}});
}

TEST_CASE("mirror: another ledger's, one of another history and one whose checkpoint is cut are told of, and untouched",
          "[L8][L10]") {
    Mirrored mirrored;
    const auto folder = mirrored.ledger.at("mirror");
    const auto refused = [&](std::error_code code) {
        const Files before = files_of(folder);
        const auto mirror = mirrored.start(mirrored.options());
        CHECK(comes_true([&] { return mirror->status().problem && mirror->status().problem->code == code; }));
        CAPTURE(mirror->status().problem->describe());
        CHECK(mirror->status().size.value == 0);
        mirror->stop();
        CHECK(files_of(folder) == before);
    };
    SECTION("another ledger's") {
        GrowingLedger other;
        REQUIRE(export_to(folder, *other.open()));
        refused(errc::export_other_ledger);
    }
    SECTION("of another history") {
        REQUIRE(export_to(folder, *mirrored.log));
        const ledger::TreeHead head{{50}, ledger::default_suite().hash(ledger::as_bytes("another"))};
        write_file(folder / "checkpoint", mirrored.ledger.maker.sign_head(head));
        refused(errc::export_contradicts);
    }
    SECTION("a checkpoint that is cut") {
        REQUIRE(export_to(folder, *mirrored.log));
        write_file(folder / "checkpoint", files_of(folder).at("checkpoint").substr(0, 60));
        refused(ledger::errc::malformed_tile);
    }
    SECTION("a manifest that is cut") {
        REQUIRE(export_to(folder, *mirrored.log));
        write_file(folder / "manifest", files_of(folder).at("manifest").substr(0, 40));
        refused(ledger::errc::malformed_export_manifest);
    }
}

TEST_CASE("mirror: files that somebody removed are made again at the next start") {
    Mirrored mirrored;
    mirrored.ledger.grow_to(700);
    REQUIRE(export_to(mirrored.ledger.at("mirror"), *mirrored.log));
    const Files whole = files_of(mirrored.ledger.at("mirror"));
    std::filesystem::remove(mirrored.ledger.at("mirror/tile/entries/001"));
    std::filesystem::remove(mirrored.ledger.at("mirror/heads/000"));
    const auto mirror = mirrored.start(mirrored.options());
    CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, 700); }));
    mirror->stop();
    CHECK(files_of(mirrored.ledger.at("mirror")) == whole);
}

TEST_CASE("mirror: files that are removed while it stands there are made again, though nothing else is to be written") {
    Mirrored mirrored;
    mirrored.ledger.grow_to(700);
    const auto folder = mirrored.ledger.at("mirror");
    std::atomic<int> mended = 0;
    MirrorOptions options = mirrored.options();
    options.look_again = milliseconds(50);
    options.on_mended = [&] { ++mended; };
    const auto mirror = mirrored.start(options);
    CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, 700); }));
    const Files whole = files_of(folder);
    CHECK(mended == 0);
    int times = 0;
    for (const char* lost : {"tile/entries/001", "heads/000", "annex/000", "tile/0/002.p/188"}) {
        CAPTURE(lost);
        REQUIRE(std::filesystem::remove(folder / lost));
        ++times;
        CHECK(comes_true([&] { return mended == times; }));
        CHECK(files_of(folder) == whole);
    }
    REQUIRE(std::filesystem::remove(folder / "checkpoint"));
    CHECK(comes_true([&] { return std::filesystem::exists(folder / "checkpoint"); }));
    CHECK(comes_true([&] { return files_of(folder) == whole; }));
    mirrored.grow(*mirror, 800);
    CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, 800); }));
    CHECK(mirrored.changes == 0);
    mirror->stop();
}

TEST_CASE("mirror: one whose manifest is removed while it stands there is told of, and not begun anew") {
    Mirrored mirrored;
    const auto folder = mirrored.ledger.at("mirror");
    const auto mirror = mirrored.start(mirrored.options());
    CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, 50); }));
    std::filesystem::rename(folder / "manifest", mirrored.ledger.at("manifest"));
    mirrored.grow(*mirror, 60);
    CHECK(comes_true([&] { return mirror->status().problem.has_value(); }));
    CHECK(mirror->status().problem->code == errc::mirror_gone);
    std::filesystem::rename(mirrored.ledger.at("manifest"), folder / "manifest");
    CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, 60); }));
}

TEST_CASE("mirror: one that does not get on is an alarm") {
    Mirrored mirrored;
    MirrorOptions options = mirrored.options();
    options.pause = std::chrono::hours(1);  // it is waiting, for whatever reason
    const auto mirror = mirrored.start(options);
    CHECK(comes_true([&] { return Mirrored::is_well_at(*mirror, 50); }));
    mirrored.grow(*mirror, 60);
    mirrored.clock.pass(ledger::second * 59);
    CHECK(!mirror->status().problem);
    CHECK(mirror->status().lag >= ledger::second * 59);
    mirrored.clock.pass(ledger::second);
    REQUIRE(mirror->status().problem);
    CHECK(mirror->status().problem->code == errc::mirror_stands_still);
    CHECK(mirror->status().since == ledger::Timestamp{support::Vendor::began});
}

TEST_CASE("mirror: a ledger that was set back does not overwrite it (L8)") {
    Mirrored mirrored;
    std::filesystem::create_directories(mirrored.ledger.at("old/log"));
    std::filesystem::copy_file(mirrored.ledger.at("ledger/log/data.mdb"), mirrored.ledger.at("old/log/data.mdb"));
    mirrored.ledger.grow_to(400);
    REQUIRE(export_to(mirrored.ledger.at("mirror"), *mirrored.log));
    const Files before = files_of(mirrored.ledger.at("mirror"));
    const auto old = ledger::open_log_reader(mirrored.ledger.at("old")).value();
    Mirror mirror(*old, mirrored.clock, mirrored.options(), {});
    CHECK(comes_true([&] { return mirror.status().problem.has_value(); }));
    CHECK(mirror.status().problem->code == errc::export_ahead);
    mirror.stop();
    CHECK(files_of(mirrored.ledger.at("mirror")) == before);
}

}  // namespace snapshot
