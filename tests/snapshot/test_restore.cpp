#include <sys/stat.h>

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/restored_mark.hpp"
#include "snapshot/restore.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tests/support/log_tampering.hpp"
#include "tools/verify/errc.hpp"
#include "tools/verify/report.hpp"
#include "tools/verify/verify_ledger.hpp"

// Ledgers that are made again from an export. Every bad input: a coded error, and nothing changed.

namespace snapshot {
namespace {

RestoreOptions two_threads() {
    RestoreOptions options;
    options.threads = 2;
    return options;
}

/// An export of a ledger with groups over part borders, erased values and all levels of tiles that its size has.
struct Exported {
    explicit Exported(std::uint64_t size = 1'000) {
        ledger.grow_to(size / 2);
        ledger.erase(7);
        ledger.erase(300);
        ledger.grow_to(size);
        log = ledger.open();
        export_to(folder(), *log).value();
    }
    [[nodiscard]] std::filesystem::path folder() const { return ledger.at("export"); }
    [[nodiscard]] std::filesystem::path target() const { return ledger.at("restored"); }
    [[nodiscard]] ledger::Result<Restored> restore_it(const RestoreOptions& options = two_threads()) const {
        return restore(folder(), target(), options);
    }
    /// @return the code; nothing is left behind
    [[nodiscard]] std::error_code refusal(const RestoreOptions& options = two_threads()) const {
        const Files before = files_of(folder());
        const auto restored = restore_it(options);
        CHECK(files_of(folder()) == before);
        CHECK(!std::filesystem::exists(target()));
        if (restored) return {};
        CAPTURE(restored.error().describe());
        CHECK(!restored.error().facts.empty());
        return restored.error().code;
    }
    void change(const std::string& path, const std::function<void(std::string&)>& edit) const {
        std::string bytes = files_of(folder()).at(path);
        edit(bytes);
        write_file(folder() / path, bytes);
    }

    GrowingLedger ledger;
    std::unique_ptr<ledger::LogReader> log;
};

/// Every database of two logs, entry by entry.
void check_same_logs(const std::filesystem::path& a, const std::filesystem::path& b) {
    const support::LogTampering first(a);
    const support::LogTampering second(b);
    for (std::size_t i = 0; i < ledger::log_database_count; ++i) {
        const auto database = static_cast<ledger::LogDatabase>(i);
        CAPTURE(ledger::name_of(database));
        CHECK(first.entries(database) == second.entries(database));
    }
}

verify::LedgerReport audit(const Exported& exported, const std::filesystem::path& folder) {
    return verify::verify_ledger({.folder = folder,
                                  .root = exported.ledger.vendor.root(),
                                  .signatures = verify::HeadSignatures::every,
                                  .witnesses = {},
                                  .threads = 2,
                                  .progress = {}})
        .value();
}

}  // namespace

TEST_CASE("restore: gives the very log that was exported, entry by entry, at any size (L6, L7)") {
    const auto size = GENERATE(3U, 4U, 255U, 256U, 257U, 512U, 1'000U, 2'049U, 66'000U);
    CAPTURE(size);
    const auto seed = std::random_device()() % 1'000;
    CAPTURE(seed);
    GrowingLedger ledger(seed);
    ledger.grow_to(size);
    REQUIRE(export_to(ledger.at("export"), *ledger.open()));
    RestoreOptions options = two_threads();
    options.root = ledger.vendor.root();
    const auto restored = restore(ledger.at("export"), ledger.at("restored"), options);
    REQUIRE(restored);
    CHECK(restored->proof.head.size.value == ledger.maker.size());
    CHECK(restored->certified);
    CHECK(restored->proof.missing == 0);
    ledger.maker.close();
    check_same_logs(ledger.at("ledger"), ledger.at("restored"));
    CHECK(!std::filesystem::exists(ledger.at("restored/log.unfinished")));
}

TEST_CASE("restore: erased values stay erased, also when the export had not come to that") {
    Exported exported;
    SECTION("as it is") {}
    SECTION("with the values still there") {
        // The annex as it was before the erasure: put the values back into the export by hand.
        const Exported before(300);
        ledger::PlacedBundle bundle;
        for (std::uint64_t number = 0; number < 256; ++number) {
            auto values = exported.log->annex({number}).value();
            if (number == 7) values = exported.ledger.maker.activation(4).annex;
            if (!values.empty()) bundle.append(number, ledger::encode_annex(values));
        }
        write_file(exported.folder() / "annex/000", ledger::as_text(bundle.bytes()));
        CHECK(exported.log->annex({7}).value().empty());
    }
    const auto restored = exported.restore_it();
    REQUIRE(restored);
    CHECK(restored->proof.erased == 2);
    CHECK(restored->proof.missing == 0);
    exported.log.reset();
    exported.ledger.maker.close();
    check_same_logs(exported.ledger.at("ledger"), exported.target());
}

TEST_CASE("restore: an activation file of the restored ledger is the same, byte for byte") {
    Exported exported;
    REQUIRE(exported.restore_it());
    const auto log = ledger::open_log_reader(exported.target()).value();
    const ledger::SequenceNumber index{600};
    const auto head = log->head_covering(ledger::size_through(index)).value();
    ledger::ActivationFile file = ledger::ActivationFile::parse(exported.ledger.maker.activation_file(index)).value();
    file.event = log->event(index).value();
    file.annex = log->annex(index).value();
    file.proof = ledger::inclusion_proof(ledger::default_suite(), index, head.size, *log).value();
    file.checkpoint = head.note;
    CHECK(file.text() == exported.ledger.maker.activation_file(index));
    CHECK(audit(exported, exported.target()).findings.empty());
}

TEST_CASE("restore: never over a ledger unless told, and then the old log is kept") {
    Exported exported;
    GrowingLedger other;
    other.maker.close();
    std::filesystem::create_directories(exported.target() / "log");
    std::filesystem::copy_file(other.at("ledger/log/data.mdb"), exported.target() / "log/data.mdb");
    const Files before = files_of(exported.target());
    CHECK(exported.restore_it().error().code == ledger::errc::log_exists);
    CHECK(files_of(exported.target()) == before);

    RestoreOptions options = two_threads();
    options.existing = ledger::StagedLog::Existing::moved_aside;
    {
        const auto engine = ledger::open_log_engine(exported.target()).value();
        CHECK(exported.restore_it(options).error().code == ledger::errc::log_locked);
    }
    const auto restored = exported.restore_it(options);
    REQUIRE(restored);
    CHECK(restored->moved_aside == exported.target() / "log.before-restore-1");
    CHECK(ledger::open_log_reader(exported.target()).value()->size().value().value == exported.ledger.maker.size());
    const Files aside = files_of(restored->moved_aside);
    CHECK(aside.at("data.mdb").substr(0, 8'192) == before.at("log/data.mdb").substr(0, 8'192));
    REQUIRE(exported.restore_it(options));
    CHECK(std::filesystem::exists(exported.target() / "log.before-restore-2/data.mdb"));
}

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

TEST_CASE("restore: an event and a hash that differ are named with both files, and a FIFO is said to be none",
          "[L10]") {
    const Exported exported(700);
    for (const char* path : {"tile/0/000", "tile/entries/000"}) {
        const std::string whole = files_of(exported.folder()).at(path);
        exported.change(path, [](std::string& bytes) { bytes[bytes.size() - 40] ^= 1; });
        const auto refused = exported.restore_it();
        REQUIRE(!refused);
        CHECK(refused.error().code == errc::restore_event_wrong);
        CHECK(refused.error().facts.at(1) == ledger::Fact{"path", "tile/entries/000 / tile/0/000"});
        write_file(exported.folder() / path, whole);
    }
    std::filesystem::remove(exported.folder() / "heads/000");
    REQUIRE(::mkfifo((exported.folder() / "heads/000").c_str(), 0600) == 0);
    const auto refused = exported.restore_it();
    REQUIRE(!refused);
    CHECK(refused.error().code == ledger::errc::export_unreadable);
    CHECK(refused.error().facts.back() == ledger::Fact{"reason", "it is not a regular file"});
}

TEST_CASE("restore: never into the folder of the copy, nor around it", "[L10]") {
    const Exported exported(300);
    const Files before = files_of(exported.folder());
    const auto link = exported.folder().parent_path() / "link";
    std::filesystem::create_directory_symlink(exported.folder(), link);
    for (const auto& target : {exported.folder(), exported.folder() / "", exported.folder() / "ledger",
                               exported.folder().parent_path(), link, link / "ledger"}) {
        CAPTURE(target);
        CHECK(restore(exported.folder(), target, two_threads()).error().code == errc::restore_inside);
    }
    CHECK(files_of(exported.folder()) == before);
    CHECK(exported.restore_it());
}

TEST_CASE("restore: every file of an export, cut anywhere, is refused", "[L10]") {
    const Exported exported(700);
    const auto seed = std::random_device()();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (const char* path :
         {"tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/188", "heads/000",
          "heads/002.p/188", "annex/001", "annex/002.p/188", "checkpoint", "manifest"}) {
        const std::string whole = files_of(exported.folder()).at(path);
        for (int round = 0; round < 4; ++round) {
            const std::size_t length = round == 0 ? 0 : random() % whole.size();
            CAPTURE(path, length);
            write_file(exported.folder() / path, whole.substr(0, length));
            CHECK(exported.refusal());
        }
        write_file(exported.folder() / path, whole + "\n");
        CHECK(exported.refusal());
        write_file(exported.folder() / path, whole);
    }
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

TEST_CASE("restore: a checkpoint that is altered to state more than there is is refused", "[L10]") {
    const Exported exported(700);
    exported.change("checkpoint", [](std::string& text) { text.replace(text.find("\n700\n"), 5, "\n710\n"); });
    CHECK(exported.refusal() == snapshot::errc::restore_head_wrong);
}

TEST_CASE("restore: one flipped bit anywhere is refused", "[L10]") {
    const Exported exported(700);
    const auto seed = std::random_device()();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (const char* path : {"tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/000", "tile/entries/001",
                             "tile/entries/002.p/188", "heads/000", "heads/001", "heads/002.p/188", "annex/000",
                             "annex/001", "annex/002.p/188", "checkpoint", "manifest"}) {
        const std::string whole = files_of(exported.folder()).at(path);
        for (int round = 0; round < 6; ++round) {
            const std::size_t at = random() % whole.size();
            const auto bit = static_cast<char>(1U << random() % 8);
            CAPTURE(path, at, bit);
            std::string changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ bit);
            write_file(exported.folder() / path, changed);
            CHECK(exported.refusal());
        }
        write_file(exported.folder() / path, whole);
    }
    CHECK(exported.restore_it());
}

TEST_CASE("restore: a file that is missing with a partial one of a later number beside it is damage", "[L10]") {
    const Exported exported;
    const std::string path = GENERATE("tile/0/002", "tile/entries/002", "heads/002", "annex/002");
    CAPTURE(path);
    std::filesystem::remove(exported.folder() / path);
    // What the hour after it was written may have left.
    const auto partial = exported.folder() / (path + ".p");
    const bool hashes = path.starts_with("tile/0");
    std::filesystem::create_directory(partial);
    write_file(partial / "1", hashes ? std::string(32, 'x') : "x");
    CHECK(exported.refusal() == ledger::errc::export_file_missing);
}

TEST_CASE("restore: a folder that cannot be read is not the end of the export", "[L10]") {
    const Exported exported;
    std::filesystem::rename(exported.folder() / "heads", exported.folder() / "tops");
    std::filesystem::create_directory_symlink("heads", exported.folder() / "heads");  // opening it fails: ELOOP
    const auto refused = exported.restore_it();
    REQUIRE(!refused);
    CHECK(refused.error().code == ledger::errc::export_unreadable);
    CHECK(!std::filesystem::exists(exported.target()));
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

TEST_CASE("restore: the log says that it was restored, until it is longer (L3, L8)") {
    const Exported exported;
    const auto restored = exported.restore_it();
    REQUIRE(restored);
    const ledger::TreeSize size = restored->proof.head.size;
    CHECK(ledger::is_as_restored(exported.target(), size).value());
    CHECK(!ledger::is_as_restored(exported.target(), {size.value + 1}).value());
    CHECK(!ledger::is_as_restored(exported.folder(), size).value());
    write_file(exported.target() / "log/restored", "nonsense");  // whoever cannot tell does not say no
    CHECK(ledger::is_as_restored(exported.target(), {size.value + 1}).value());
}

TEST_CASE("restore: reordered, foreign and mixed files are refused", "[L10]") {
    const Exported exported;
    const Exported other;
    const auto swap = [&](const char* a, const char* b) {
        const Files files = files_of(exported.folder());
        write_file(exported.folder() / a, files.at(b));
        write_file(exported.folder() / b, files.at(a));
    };
    const auto take = [&](const char* path) {
        write_file(exported.folder() / path, files_of(other.folder()).at(path));
    };
    SECTION("two bundles changed places") {
        swap("tile/entries/000", "tile/entries/001");
        CHECK(exported.refusal() == snapshot::errc::restore_event_wrong);
    }
    SECTION("two bundles and their tiles changed places") {
        swap("tile/entries/001", "tile/entries/002");
        swap("tile/0/001", "tile/0/002");
        CHECK(exported.refusal() == snapshot::errc::restore_event_wrong);
    }
    SECTION("heads changed places") {
        swap("heads/001", "heads/002");
        CHECK(exported.refusal() == snapshot::errc::restore_head_wrong);
    }
    SECTION("a bundle of another ledger") {
        take("tile/entries/001");
        CHECK(exported.refusal() == snapshot::errc::restore_event_wrong);
    }
    SECTION("a bundle and its tile of another ledger") {
        take("tile/entries/001");
        take("tile/0/001");
        CHECK(exported.refusal() == snapshot::errc::restore_event_wrong);
    }
    SECTION("heads of another ledger") {
        take("heads/001");
        CHECK(exported.refusal() == snapshot::errc::restore_head_wrong);
    }
    SECTION("a checkpoint of another ledger") {
        take("checkpoint");
        CHECK(exported.refusal() == ledger::errc::export_file_differs);
    }
    SECTION("a manifest of another ledger") {
        take("manifest");
        CHECK(exported.refusal() == ledger::errc::export_file_differs);
    }
    SECTION("annex bundles changed places") {
        swap("annex/001", "annex/002");
        CHECK(exported.refusal() == snapshot::errc::restore_event_wrong);
    }
    SECTION("the first part of one ledger and the rest of another") {
        for (const auto& [path, bytes] : files_of(other.folder())) {
            if (path.find("/000") == path.npos && path != "manifest") write_file(exported.folder() / path, bytes);
        }
        CHECK(exported.refusal() == ledger::errc::export_file_differs);  // the checkpoint is of another server
        take("manifest");
        CHECK(exported.refusal() == snapshot::errc::restore_event_wrong);  // event 0 is not the manifest's
    }
    SECTION("a missing tile") {
        std::filesystem::remove(exported.folder() / "tile/entries/002");
        CHECK(exported.refusal() == ledger::errc::export_file_missing);
    }
    SECTION("a head that is gone without a trace") {
        exported.change("heads/001", [](std::string& bytes) {
            const auto entries = ledger::parse_placed_bundle(ledger::as_bytes(bytes), 256).value();
            ledger::PlacedBundle fewer;
            for (std::size_t i = 1; i < entries.size(); ++i) fewer.append(entries[i].place, entries[i].bytes);
            bytes = std::string(ledger::as_text(fewer.bytes()));
        });
        // Nobody can tell that there was one: the ledger is sound, and has one head less.
        CHECK(exported.restore_it());
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

TEST_CASE("restore: another root is refused, and so is a ledger that no certificate ties to it") {
    const Exported exported;
    RestoreOptions options = two_threads();
    options.root = support::Vendor().root();
    CHECK(exported.refusal(options) == snapshot::errc::restore_root_differs);

    GrowingLedger made;
    support::LedgerMaker bare(made.at("bare"), made.vendor, {.with_license = false});
    REQUIRE(export_to(made.at("export"), *ledger::open_log_reader(made.at("bare")).value()));
    options.root = made.vendor.root();
    CHECK(restore(made.at("export"), made.at("restored"), options).error().code ==
          snapshot::errc::restore_not_certified);
    options.root.reset();
    const auto restored = restore(made.at("export"), made.at("restored"), options);
    REQUIRE(restored);
    CHECK(!restored->certified);
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

TEST_CASE("restore: one that is stopped leaves nothing behind") {
    const Exported exported;
    int asked = 0;
    const auto stop_at = GENERATE(1, 3, 6);
    RestoreOptions options = two_threads();
    options.stop = [&] { return ++asked == stop_at; };
    CHECK(exported.refusal(options) == snapshot::errc::restore_interrupted);
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
