#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/export_folder.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tests/support/log_tampering.hpp"

// Exports of real ledgers. Format: docs/formats/export.md.

namespace snapshot {
namespace {

using ledger::ExportFolder;
using ledger::tile_width;

/// Everything in the export is what the log has, up to its newest head.
void check_same(const std::filesystem::path& folder, const ledger::LogReader& log) {
    const ExportFolder exported = ExportFolder::open(folder).value();
    const auto head = log.last_head().value();
    CHECK(exported.newest_head().size == head.size);
    CHECK(exported.newest_head().note == head.note);
    std::uint64_t heads = 0;
    ledger::ExportPart part;
    for (std::uint64_t index = 0; index < exported.parts(); ++index) {
        exported.read_part(index, part).value();
        auto annex = part.annex.begin();
        for (std::size_t place = 0; place < part.entries.size(); ++place) {
            const ledger::SequenceNumber number{index * tile_width + place};
            REQUIRE(as_string(part.entries[place]) == as_string(log.event(number).value()));
            REQUIRE(part.leaves[place] == log.node({0, number.value}).value());
            const auto values = log.annex(number).value();
            const bool there = annex != part.annex.end() && annex->place == place;
            REQUIRE(there == !values.empty());
            if (there) REQUIRE(ledger::decode_annex((annex++)->bytes).value() == values);
        }
        for (const ledger::PlacedEntry& stored : part.heads) {
            const ledger::TreeSize size{index * tile_width + stored.place + 1};
            REQUIRE(log.head_covering(size).value().size == size);
            REQUIRE(log.head_covering(size).value().note == as_string(stored.bytes));
            ++heads;
        }
    }
    std::uint64_t expected = 0;
    log.visit_heads({1}, [&](const ledger::ReleasedHead&) { return ++expected, true; }).value();
    CHECK(heads == expected);
    for (unsigned level = 1; ledger::tile_places(level, head.size) > 0; ++level) {
        for (std::uint64_t place = 0; place < ledger::tile_places(level, head.size); ++place) {
            const auto hashes = exported.read_hashes(level, place, 1).value();
            REQUIRE(hashes.back() == log.node({static_cast<std::uint8_t>(level * 8), place}).value());
        }
    }
}

std::string contents(const Files& files, const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? "(not there)" : found->second;
}

}  // namespace

TEST_CASE("export: holds what the log holds, whatever its size and however often it went on") {
    const auto seed = std::random_device()() % 1'000;
    CAPTURE(seed);
    GrowingLedger ledger(seed);
    std::mt19937 random(seed);
    const auto log = ledger.open();
    ExportOptions options;
    options.publish_every = 100;
    const auto writer = ExportWriter::open(ledger.at("kept"), *log, options).value();
    for (int step = 0; step < 8; ++step) {
        CAPTURE(step, ledger.maker.size());
        const auto kept = writer->run();
        REQUIRE(kept);
        CHECK(kept->after.value == ledger.maker.size());
        check_same(ledger.at("kept"), *log);
        REQUIRE(export_to(ledger.at("opened anew"), *log, options));
        check_same(ledger.at("opened anew"), *log);
        ledger.grow_to(ledger.maker.size() + random() % 300);
    }
    const Files files = files_of(ledger.at("kept"));
    CHECK(contents(files, "chain.pem") == ledger.maker.server_certificate().pem());
}

TEST_CASE("export: a second run without news writes nothing, and full files never change") {
    GrowingLedger ledger;
    ledger.grow_to(600);
    const auto log = ledger.open();
    REQUIRE(export_to(ledger.at("export"), *log));
    const Files first = files_of(ledger.at("export"));
    const auto again = export_to(ledger.at("export"), *log).value();
    CHECK((again.files == 0 && again.before == again.after));
    CHECK(files_of(ledger.at("export")) == first);

    ledger.grow_to(1'300);
    REQUIRE(export_to(ledger.at("export"), *log));
    const Files second = files_of(ledger.at("export"));
    for (const auto& [path, bytes] : first) {
        const bool may_change = path == "checkpoint" || path == "erased-through";
        if (!may_change) CHECK(contents(second, path) == bytes);
    }
    CHECK(second.contains("tile/entries/002.p/88"));  // stays, because a copy may be under way
    CHECK(second.contains("tile/entries/002"));
}

TEST_CASE("export: a partial tile goes when the full one has been there for long enough") {
    GrowingLedger ledger;
    ledger.grow_to(300);
    const auto log = ledger.open();
    ExportOptions options;
    options.partials_kept = std::chrono::seconds(0);
    REQUIRE(export_to(ledger.at("export/"), *log, options));
    CHECK(files_of(ledger.at("export")).contains("heads/001.p/44"));
    ledger.grow_to(600);
    REQUIRE(export_to(ledger.at("export/"), *log, options));
    const Files files = files_of(ledger.at("export"));
    CHECK(!files.contains("heads/001.p/44"));
    CHECK(files.contains("heads/001"));
    CHECK(files.contains("heads/002.p/88"));
    check_same(ledger.at("export"), *log);
}

TEST_CASE("export: an erased value leaves every file at the next run") {
    GrowingLedger ledger;
    ledger.grow_to(700);
    const auto log = ledger.open();
    REQUIRE(export_to(ledger.at("export"), *log));
    const auto name_of = [&](std::uint64_t number) { return log->annex({number}).value().at(0).value; };
    const std::vector<std::uint64_t> erased{5, 6, 300, 699};
    std::vector<std::string> names;
    names.reserve(erased.size());
    for (const std::uint64_t number : erased) names.push_back(name_of(number));
    const auto holds = [&](const std::string& name) {
        const std::string framed = name + '\0';
        const Files files = files_of(ledger.at("export"));
        return std::ranges::any_of(files,
                                   [&](const auto& file) { return file.second.find(framed) != std::string::npos; });
    };
    for (const std::string& name : names) CHECK(holds(name));
    for (const std::uint64_t number : erased) ledger.erase(number);
    const auto run = export_to(ledger.at("export"), *log).value();
    CHECK(run.erased == erased.size());
    for (const std::string& name : names) CHECK(!holds(name));
    CHECK(holds(name_of(7)));
    check_same(ledger.at("export"), *log);
}

TEST_CASE("export: without personal data there is no annex, and the choice stays") {
    GrowingLedger ledger;
    ledger.grow_to(300);
    const auto log = ledger.open();
    ExportOptions options;
    options.annex = ledger::ExportManifest::Annex::left_out;
    REQUIRE(export_to(ledger.at("export"), *log, options));
    const Files files = files_of(ledger.at("export"));
    CHECK(std::ranges::none_of(files,
                               [](const auto& file) { return file.second.find("desktop-") != std::string::npos; }));
    CHECK(export_to(ledger.at("export"), *log).error().code == snapshot::errc::export_annex_differs);
    CHECK(files_of(ledger.at("export")) == files);
}

TEST_CASE("export: a copy within the ledger's own folder is refused, also by another way there", "[L10]") {
    GrowingLedger ledger;
    ledger.grow_to(10);
    const auto log = ledger.open();
    std::filesystem::create_directory_symlink(ledger.at("ledger"), ledger.at("link"));
    for (const char* folder : {"ledger", "ledger/export", "ledger/log/../copies/export", "link/export"}) {
        CAPTURE(folder);
        const auto done = export_to(ledger.at(folder), *log);
        REQUIRE(!done);
        CHECK(done.error().code == snapshot::errc::export_inside_ledger);
    }
    CHECK(!std::filesystem::exists(ledger.at("ledger/export")));
    CHECK(export_to(ledger.at("ledger-export"), *log));  // beside it
}

TEST_CASE("export: what is not an export of this ledger is refused, and untouched", "[L10]") {
    GrowingLedger ledger;
    ledger.grow_to(300);
    const auto log = ledger.open();
    const auto refused = [&](snapshot::errc code) {
        const Files before = files_of(ledger.at("export"));
        const auto entries = std::distance(std::filesystem::directory_iterator(ledger.at("export")), {});
        const auto done = export_to(ledger.at("export"), *log);
        REQUIRE(!done);
        CHECK(done.error().code == code);
        CHECK(files_of(ledger.at("export")) == before);
        CHECK(std::distance(std::filesystem::directory_iterator(ledger.at("export")), {}) == entries);
    };
    SECTION("a folder with something in it") {
        std::filesystem::create_directory(ledger.at("export"));
        write_file(ledger.at("export") / "holiday.txt", "sun");
        refused(errc::export_folder_foreign);
    }
    SECTION("another ledger's export") {
        GrowingLedger other;
        REQUIRE(export_to(ledger.at("export"), *other.open()));
        refused(errc::export_other_ledger);
    }
    SECTION("an export that is longer than the log") {
        std::filesystem::create_directories(ledger.at("old/log"));
        std::filesystem::copy_file(ledger.at("ledger/log/data.mdb"), ledger.at("old/log/data.mdb"));
        ledger.grow_to(400);
        REQUIRE(export_to(ledger.at("export"), *log));
        const auto old = ledger::open_log_reader(ledger.at("old")).value();
        const Files before = files_of(ledger.at("export"));
        CHECK(export_to(ledger.at("export"), *old).error().code == errc::export_ahead);
        CHECK(files_of(ledger.at("export")) == before);
    }
    SECTION("an export of another history") {
        REQUIRE(export_to(ledger.at("export"), *log));
        std::string checkpoint = files_of(ledger.at("export")).at("checkpoint");
        const auto head = ledger::TreeHead{{300}, ledger::default_suite().hash(ledger::as_bytes("another"))};
        write_file(ledger.at("export") / "checkpoint", ledger.maker.sign_head(head));
        refused(errc::export_contradicts);
    }
    SECTION("a manifest that was edited") {
        REQUIRE(export_to(ledger.at("export"), *log));
        write_file(ledger.at("export") / "manifest", "actledger-export/1\n");
        const auto done = export_to(ledger.at("export"), *log);
        CHECK(done.error().code == ledger::errc::malformed_export_manifest);
    }
    SECTION("an export that somebody else is writing") {
        const auto other = ExportWriter::open(ledger.at("export"), *log, {}).value();
        CHECK(export_to(ledger.at("export"), *log).error().code == errc::export_locked);
    }
    SECTION("a folder whose parent is not there") {
        CHECK(export_to(ledger.at("no/export"), *log).error().code == errc::export_write_failed);
    }
}

TEST_CASE("export: of a log whose events and hashes disagree, nothing of that is published") {
    GrowingLedger ledger;
    ledger.grow_to(300);
    REQUIRE(export_to(ledger.at("export"), *ledger.open()));
    const Files before = files_of(ledger.at("export"));
    ledger.grow_to(600);
    ledger.maker.close();
    {
        support::LogTampering tampering(ledger.maker.folder());
        ledger::Bytes event = tampering.get(ledger::LogDatabase::events, 400).value();
        event[event.size() / 2] ^= 1;
        tampering.put(ledger::LogDatabase::events, 400, event);
    }
    const auto done = export_to(ledger.at("export"), *ledger.open());
    REQUIRE(!done);
    CHECK(done.error().code == ledger::errc::log_damaged);
    CHECK(files_of(ledger.at("export")).at("checkpoint") == before.at("checkpoint"));
}

TEST_CASE("export: one that was stopped goes on, and is then the same as one that was not") {
    GrowingLedger ledger;
    ledger.grow_to(2'000);
    const auto log = ledger.open();
    ExportOptions options;
    options.publish_every = 300;
    REQUIRE(export_to(ledger.at("whole"), *log, options));
    int asked = 0;
    options.stop = [&] { return ++asked % 7 == 0; };
    ledger::TreeSize published;
    for (int runs = 0; published.value < 2'000; ++runs) {
        REQUIRE(runs < 50);
        const auto writer = ExportWriter::open(ledger.at("stopped"), *log, options).value();
        const auto done = writer->run();
        if (!done) CHECK(done.error().code == errc::export_interrupted);
        CHECK(writer->published() >= published);
        published = writer->published();
    }
    Files whole = files_of(ledger.at("whole"));
    Files stopped = files_of(ledger.at("stopped"));
    // Partial tiles are of the sizes at which something was published.
    const auto partial = [](const auto& file) { return file.first.find(".p/") != std::string::npos; };
    std::erase_if(whole, partial);
    std::erase_if(stopped, partial);
    CHECK(whole == stopped);
    check_same(ledger.at("stopped"), *log);
}

TEST_CASE("export: a copy that ends early is good up to the newest head that its files cover") {
    GrowingLedger ledger;
    ledger.grow_to(1'000);
    const auto log = ledger.open();
    REQUIRE(export_to(ledger.at("export"), *log));
    const auto newest_below = [&](std::uint64_t size) {
        ledger::TreeSize newest;
        log->visit_heads({1},
                         [&](const ledger::ReleasedHead& head) {
                             if (head.size.value > size) return false;
                             newest = head.size;
                             return true;
                         })
            .value();
        return newest;
    };
    // What was made last of one kind is missing, as when a copy was begun before it was there.
    const auto gone = GENERATE(as<std::string>(), "tile/entries/003.p", "tile/0/003.p", "heads/003.p", "annex/003.p");
    CAPTURE(gone);
    std::filesystem::remove_all(ledger.at("export") / gone);
    CHECK(ExportFolder::open(ledger.at("export")).value().newest_head().size == newest_below(768));

    // A file that is missing while later ones are there is damage.
    auto hole = gone;
    hole.replace(hole.find("003.p"), 5, "001");
    std::filesystem::remove(ledger.at("export") / hole);
    const auto opened = ExportFolder::open(ledger.at("export"));
    REQUIRE(!opened);
    CHECK(opened.error().code == ledger::errc::export_file_missing);
    CHECK(opened.error().facts.at(1) == ledger::Fact{"path", hole});
}

TEST_CASE("export: a folder without a head that its files cover is none", "[L10]") {
    GrowingLedger ledger;
    ledger.grow_to(300);
    const auto log = ledger.open();
    CHECK(ExportFolder::open(ledger.at("nothing")).error().code == ledger::errc::export_not_found);
    REQUIRE(export_to(ledger.at("export"), *log));
    const auto code_without = [&](const char* path) {
        std::filesystem::remove_all(ledger.at("copy"));
        std::filesystem::copy(ledger.at("export"), ledger.at("copy"), std::filesystem::copy_options::recursive);
        std::filesystem::remove_all(ledger.at("copy") / path);
        const auto opened = ExportFolder::open(ledger.at("copy"));
        return opened ? std::error_code() : opened.error().code;
    };
    CHECK(code_without("manifest") == ledger::errc::export_not_found);
    CHECK(code_without("checkpoint") == ledger::errc::export_incomplete);
    CHECK(code_without("heads") == ledger::errc::export_incomplete);
    CHECK(code_without("tile") == ledger::errc::export_incomplete);
    CHECK(!code_without("annex"));  // every value that is missing is named to whoever reads
    CHECK(code_without("tile/entries/000") == ledger::errc::export_file_missing);  // with a later one beside it
    CHECK(code_without("tile/entries/001.p") == std::error_code());                // an older head holds
    CHECK(!code_without("chain.pem"));
}

TEST_CASE("export: a tile above level 0 that is missing at the end costs no event: it follows from the others",
          "[L10]") {
    GrowingLedger ledger;
    ledger.grow_to(1'300);
    REQUIRE(export_to(ledger.at("export"), *ledger.open()));
    const auto whole = ExportFolder::open(ledger.at("export")).value();
    const auto hashes = whole.read_hashes(1, 0, 5).value();
    const auto gone = GENERATE(as<std::string>(), "tile/1/000.p/5", "tile/1/000.p", "tile/1");
    CAPTURE(gone);
    std::filesystem::remove_all(ledger.at("export") / gone);
    const auto opened = ExportFolder::open(ledger.at("export")).value();
    CHECK(opened.newest_head().note == whole.newest_head().note);
    CHECK(opened.read_hashes(1, 0, 5).value() == hashes);
    CHECK(opened.read_hashes(1, 3, 2).value() == std::vector(hashes.begin() + 3, hashes.end()));
    CHECK(opened.read_hashes(0, 1'280, 30).error().code == ledger::errc::export_file_missing);
    // For whoever writes there, it is missing.
    const auto covered = [&](ExportFolder::Levels levels) {
        return ExportFolder::covered_within(ledger.at("export"), ledger::ExportManifest::Annex::kept,
                                            whole.newest_head().size, levels)
            .value();
    };
    CHECK(covered(ExportFolder::Levels::all) < whole.newest_head().size);
    CHECK(covered(ExportFolder::Levels::lowest) == whole.newest_head().size);
}

TEST_CASE("export: a full tile that is missing before a partial one is a hole, not an early end", "[L10]") {
    GrowingLedger ledger;
    ledger.grow_to(700);
    REQUIRE(export_to(ledger.at("export"), *ledger.open()));
    const auto hole = GENERATE(as<std::string>(), "tile/entries/001", "tile/0/001", "heads/001", "annex/001",
                               "tile/entries/000", "heads/000");
    CAPTURE(hole);
    std::filesystem::remove(ledger.at("export") / hole);
    const auto opened = ExportFolder::open(ledger.at("export"));
    REQUIRE(!opened);
    CHECK(opened.error().code == ledger::errc::export_file_missing);
    CHECK(opened.error().facts.at(1) == ledger::Fact{"path", hole});
}

TEST_CASE("export: a checkpoint that is not the signed head of its size is named", "[L10]") {
    GrowingLedger ledger;
    ledger.grow_to(300);
    REQUIRE(export_to(ledger.at("export"), *ledger.open()));
    const std::string note = files_of(ledger.at("export")).at("checkpoint");
    // The same text, and a signature of another kind; and one of another key.
    for (const std::string& other : {ledger.maker.sign_head({{300}, ledger::default_suite().hash({})}),
                                     note.substr(0, note.size() - 4) + (note[note.size() - 4] == 'A' ? "B" : "A") +
                                         note.substr(note.size() - 3)}) {
        write_file(ledger.at("export") / "checkpoint", other);
        const auto opened = ExportFolder::open(ledger.at("export"));
        REQUIRE(!opened);
        CHECK(opened.error().facts.at(1) == ledger::Fact{"path", "checkpoint"});
    }
}

TEST_CASE("export: files that are missing are made again, the same byte for byte, while the ledger is there") {
    GrowingLedger ledger;
    ledger.grow_to(400);
    ledger.erase(7);
    ledger.grow_to(1'000);
    const auto log = ledger.open();
    REQUIRE(export_to(ledger.at("export"), *log));
    const Files whole = files_of(ledger.at("export"));
    const auto gone = GENERATE(as<std::string>(), "tile/entries/000", "tile/0/002", "heads/001", "annex/001",
                               "tile/1/000.p", "tile/entries/003.p", "heads/003.p", "chain.pem", "checkpoint", "tile");
    CAPTURE(gone);
    std::filesystem::remove_all(ledger.at("export") / gone);
    const auto run = export_to(ledger.at("export"), *log);
    REQUIRE(run);
    CHECK(run->after.value == ledger.maker.size());
    CHECK(run->mended == (gone != "chain.pem" && gone != "checkpoint"));
    CHECK(files_of(ledger.at("export")) == whole);
    CHECK(export_to(ledger.at("export"), *log).value().files == 0);
}

TEST_CASE("export: a checkpoint of the right head with a signature that was changed is made again") {
    GrowingLedger ledger;
    ledger.grow_to(600);
    const auto log = ledger.open();
    REQUIRE(export_to(ledger.at("export"), *log));
    const Files whole = files_of(ledger.at("export"));
    write_file(ledger.at("export") / "checkpoint",
               ledger.maker.sign_head(ledger::SignedCheckpoint::parse(whole.at("checkpoint")).value().checkpoint.head));
    REQUIRE(files_of(ledger.at("export")) != whole);  // ECDSA signs anew each time
    const auto run = export_to(ledger.at("export"), *log);
    REQUIRE(run);
    CHECK(run->mended);
    CHECK(files_of(ledger.at("export")).at("checkpoint") == whole.at("checkpoint"));
    check_same(ledger.at("export"), *log);
}

}  // namespace snapshot
