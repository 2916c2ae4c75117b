#include "ledger/store_read/restored_mark.hpp"
#include "tests/snapshot/exported_ledger.hpp"
#include "tools/verify/errc.hpp"
#include "tools/verify/report.hpp"

// Copies that are sound and not the whole: what they lack, who says so, and what they still give.

namespace snapshot {

TEST_CASE("restore: a copy that lost the last tiles above level 0 gives the whole log", "[L10]") {
    const auto [size, gone] = GENERATE(table<unsigned, std::string>({{700U, "tile/1"},
                                                                     {700U, "tile/1/000.p/2"},
                                                                     {66'000U, "tile/2"},
                                                                     {66'000U, "tile/1/001.p"},
                                                                     {66'000U, "tile/1"}}));
    CAPTURE(size, gone);
    Exported exported(size);
    std::filesystem::remove_all(exported.folder() / gone);
    const auto report = audit(exported, exported.folder());
    CHECK(report.findings.empty());
    CHECK(report.size == exported.ledger.maker.size());
    CHECK(report.stated_size == report.size);
    REQUIRE(exported.restore_it());
    exported.log.reset();
    exported.ledger.maker.close();
    check_same_logs(exported.ledger.at("ledger"), exported.target());
}

TEST_CASE("restore: of a copy without its annex every value is missing, and nobody takes it unless told", "[L10]") {
    Exported exported(700);
    std::filesystem::remove_all(exported.folder() / "annex");
    const auto report = audit(exported, exported.folder());
    CHECK(report.findings.worst() == verify::FindingKind::annex);
    CHECK(exported.restore_it().error().code == errc::restore_annex_missing);
    RestoreOptions options = two_threads();
    options.missing_annex = RestoreOptions::MissingAnnex::accepted;
    const auto restored = exported.restore_it(options);
    REQUIRE(restored);
    CHECK(restored->proof.values == 0);
    CHECK(restored->proof.missing > 0);
    CHECK(restored->proof.head.size.value == exported.ledger.maker.size());
}

TEST_CASE("restore: an audit tells a copy that was made while the original grew from one that lost whole files") {
    const Exported exported(1'000);
    const auto drop = [&](const char* number) {
        for (const char* kind : {"tile/entries/", "tile/0/", "heads/", "annex/"}) {
            std::filesystem::remove_all(exported.folder() / (std::string(kind) + number));
        }
    };
    drop("003.p");
    const auto early = audit(exported, exported.folder());
    CHECK(early.findings.empty());
    CHECK(early.size <= 768);
    CHECK(early.stated_size == exported.ledger.maker.size());
    drop("002");
    const auto cut = audit(exported, exported.folder());
    REQUIRE(cut.findings.kept().size() == 1);
    CHECK(cut.findings.kept().front().error.code == verify::errc::copy_ends_early);
    CHECK(verify::exit_of(cut.findings) == terminal::Exit::audit_copy);
    CHECK(exported.restore_it());
}

TEST_CASE("restore: what is put aside is named, and a copy that is older than it is never the whole", "[L8][L10]") {
    Exported exported(310);
    RestoreOptions again = two_threads();
    again.existing = ledger::StagedLog::Existing::moved_aside;
    SECTION("a newer log of this server") {
        exported.ledger.grow_to(400);
        REQUIRE(export_to(exported.ledger.at("newer"), *exported.log));
        REQUIRE(restore(exported.ledger.at("newer"), exported.target(), two_threads()));
        again.copy = RestoreOptions::Copy::complete;
        const auto refused = exported.restore_it(again);
        REQUIRE(!refused);
        CHECK(refused.error().code == snapshot::errc::restore_newer_here);
        CHECK(audit(exported, exported.target()).size == 400);
        again.copy = RestoreOptions::Copy::may_lack_the_end;
        const auto restored = exported.restore_it(again);
        REQUIRE(restored);
        CHECK(restored->replaced_newer());
        CHECK(!restored->replaced_other_server());
    }
    SECTION("another server's") {
        const Exported other(100);
        REQUIRE(restore(other.folder(), exported.target(), two_threads()));
        const auto restored = exported.restore_it(again);
        REQUIRE(restored);
        REQUIRE(restored->replaced);
        CHECK(restored->replaced->head.size.value == 100);
        CHECK(restored->replaced_other_server());
        CHECK(!restored->replaced_newer());
    }
}

TEST_CASE("restore: a copy that ends before its checkpoint cannot be said to be complete") {
    const Exported exported;
    RestoreOptions options = two_threads();
    options.copy = RestoreOptions::Copy::complete;
    SECTION("ends early") {
        std::filesystem::remove_all(exported.folder() / "heads/003.p");
        CHECK(exported.refusal(options) == snapshot::errc::restore_not_complete);
    }
    SECTION("whole") {
        REQUIRE(exported.restore_it(options));
        CHECK(!ledger::is_as_restored(exported.target(), {1'000}).value());
    }
}

TEST_CASE("restore: a mixture of an older copy and a newer checkpoint holds up to what the older files cover") {
    GrowingLedger ledger;
    ledger.grow_to(300);
    REQUIRE(export_to(ledger.at("mixed"), *ledger.open()));
    ledger.grow_to(600);
    REQUIRE(export_to(ledger.at("newer"), *ledger.open()));
    for (const char* part : {"heads", "checkpoint"}) {
        std::filesystem::copy(
            ledger.at("newer") / part, ledger.at("mixed") / part,
            std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    }
    const auto restored = restore(ledger.at("mixed"), ledger.at("restored"), two_threads());
    REQUIRE(restored);
    CHECK(restored->proof.head.size.value == 300);
    CHECK(restored->stated.value == 600);
}

TEST_CASE("restore: missing personal data must be accepted in so many words") {
    Exported exported;
    RestoreOptions accepting = two_threads();
    accepting.missing_annex = RestoreOptions::MissingAnnex::accepted;
    SECTION("values that nobody erased") {
        ledger::PlacedBundle none;
        write_file(exported.folder() / "annex/001", ledger::as_text(none.bytes()));
        CHECK(exported.refusal() == snapshot::errc::restore_annex_missing);
        const auto restored = exported.restore_it(accepting);
        REQUIRE(restored);
        CHECK(restored->proof.missing == 253);  // three of the 256 have none: 300 was erased, by 500 and 501
    }
    SECTION("an export without any") {
        std::filesystem::remove_all(exported.folder());
        ExportOptions options;
        options.annex = ledger::ExportManifest::Annex::left_out;
        REQUIRE(export_to(exported.folder(), *exported.log, options));
        CHECK(audit(exported, exported.folder()).findings.empty());
        CHECK(exported.refusal() == snapshot::errc::restore_left_out);
        const auto restored = exported.restore_it(accepting);
        REQUIRE(restored);
        CHECK(restored->proof.values == 0);
    }
}

TEST_CASE(
    "restore: a copy that ends early gives the ledger as it was at the newest head that is covered (design row B)") {
    const Exported exported;
    std::filesystem::remove_all(exported.folder() / "tile/entries/003.p");
    const auto restored = exported.restore_it();
    REQUIRE(restored);
    CHECK(restored->stated.value == exported.ledger.maker.size());
    CHECK(restored->proof.head.size.value <= 768);
    CHECK(restored->proof.head.size.value > 700);
    const auto report = audit(exported, exported.target());
    CHECK(report.findings.empty());
    CHECK(report.size == restored->proof.head.size.value);
}

TEST_CASE("verify: an export is judged as the ledger is, and says where it was changed") {
    const Exported exported;
    const auto report = audit(exported, exported.folder());
    const auto original = audit(exported, exported.ledger.maker.folder());
    CHECK(report.findings.empty());
    CHECK(report.root_hash == original.root_hash);
    CHECK(report.heads == original.heads);
    CHECK(report.seats == original.seats);
    CHECK(report.erased == 2);
    exported.change("tile/entries/001", [](std::string& bytes) { bytes[bytes.size() / 2] ^= 1; });
    const auto spoiled = audit(exported, exported.folder());
    CHECK(!spoiled.findings.empty());
    CHECK(spoiled.findings.worst() == verify::FindingKind::history);
}

}  // namespace snapshot
