#include <sys/stat.h>

#include "ledger/core/errc.hpp"
#include "tests/snapshot/exported_ledger.hpp"

// Exports that are spoiled. Each: a coded error, and nothing changed.

namespace snapshot {

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

}  // namespace snapshot
