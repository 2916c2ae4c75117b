#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/restored_mark.hpp"
#include "tests/snapshot/exported_ledger.hpp"

// Ledgers that are made again from an export, and where: the same log, and nothing else is touched.

namespace snapshot {

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

TEST_CASE("restore: one that is stopped leaves nothing behind") {
    const Exported exported;
    int asked = 0;
    const auto stop_at = GENERATE(1, 3, 6);
    RestoreOptions options = two_threads();
    options.stop = [&] { return ++asked == stop_at; };
    CHECK(exported.refusal(options) == snapshot::errc::restore_interrupted);
}

}  // namespace snapshot
