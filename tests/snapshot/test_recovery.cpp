// Going on from a log that lost its end: stopped at every signature and at every write, and done again.

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "snapshot/recovery.hpp"
#include "tests/snapshot/breaking_parts.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tools/verify/verify_ledger.hpp"

using namespace snapshot;
using ledger::AnchorStanding;
using ledger::Bytes;
using ledger::Result;
using Reason = ledger::IncarnationOpened::Reason;

namespace {

constexpr std::uint64_t kept = 60;
constexpr std::uint64_t lost = 100;

/// A ledger of 100 events that was set back to 60, and the token that remembers.
struct Lost {
    Lost() { store.notes = {first_anchor()}; }
    Bytes first_anchor() {
        grown.grow_to(kept);
        std::filesystem::copy(grown.maker.folder(), grown.at("old"), std::filesystem::copy_options::recursive);
        grown.grow_to(lost);
        newest = grown.maker.tree_head();
        grown.maker.set_back(grown.at("old"));
        grown.maker.close();
        const auto anchor = grown.maker.anchor(newest, 150);
        return ledger::sign_anchor(suite, anchor, grown.maker.server_key()).value();
    }

    /// One run of the command. @return what it did, or why not
    Result<Recovered> recover(int signatures = 100, const std::string& witness = {}) {
        const auto log = ledger::open_log_engine(grown.maker.folder()).value();
        projections::LedgerState state;
        REQUIRE(log->visit_events({0}, log->size().value(), [&](ledger::SequenceNumber, ledger::ByteView event) {
            state.apply(ledger::decode_event(event).value());
            return true;
        }));
        const auto& key = grown.maker.server_key().public_key();
        const auto anchor = ledger::choose_anchor(suite, store.notes, std::span(&key, 1)).value();
        Bytes note;
        for (const Bytes& one : store.notes) {
            if (ledger::verify_anchor(suite, one, key).value() == anchor) note = one;
        }
        const RecoveryParts parts{suite, *log, state, anchor, note, witness, restored};
        loss = find_loss(parts).value();
        TiringSigner signer(grown.maker.server_key(), signatures);
        std::vector<ledger::AnchorStore*> stores{&store};
        return open_incarnation(parts, *loss, Reason::anchor, signer, stores);
    }
    [[nodiscard]] ledger::Anchor anchor() const {
        const auto& key = const_cast<Lost*>(this)->grown.maker.server_key().public_key();
        return ledger::choose_anchor(suite, store.notes, std::span(&key, 1)).value();
    }
    [[nodiscard]] verify::LedgerReport audited() const {
        return verify::verify_ledger({.folder = grown.maker.folder(),
                                      .root = grown.vendor.root(),
                                      .signatures = verify::HeadSignatures::every,
                                      .witnesses = {},
                                      .threads = 2,
                                      .progress = {}})
            .value();
    }
    void check_recovered(const Result<Recovered>& done) const {
        REQUIRE(done);
        CHECK(done->head.size.value == kept + 1);
        CHECK(anchor().head == done->head);
        CHECK(anchor().origin == done->origin);
        CHECK(anchor().licenses[0].reserved == 150);
        const auto report = audited();
        CHECK(report.findings.empty());
        CHECK(report.size == kept + 1);
        REQUIRE(report.incarnations.size() == 1);
        CHECK(report.incarnations[0].number == done->origin.incarnation);
        CHECK(report.incarnations[0].known->head == newest);  // however often it was tried
        CHECK(report.unclaimed == 150 - (kept - 3));
    }

    const ledger::Suite& suite = ledger::default_suite();
    GrowingLedger grown;
    ledger::TreeHead newest;
    bool restored = false;
    BreakingStore store;
    std::optional<Loss> loss;
};

}  // namespace

TEST_CASE("recovery: a log behind its anchor goes on as the next incarnation, and says what it lost", "[L3][L4][L8]") {
    Lost machine;
    const auto done = machine.recover();
    machine.check_recovered(done);
    CHECK(done->origin.incarnation == 2);
    CHECK(machine.loss->standing == AnchorStanding::behind);
    CHECK(machine.loss->gap() == std::pair(ledger::SequenceNumber{kept}, ledger::SequenceNumber{lost - 1}));
    REQUIRE(machine.loss->licenses.size() == 1);
    CHECK(machine.loss->licenses[0].held == kept - 3);
    CHECK(machine.store.replaced == 2);
}

TEST_CASE("recovery: stopped at any signature it is done again, and no number is used twice", "[L3][L8]") {
    // Anchor, head, anchor: three signatures.
    const int signatures = GENERATE(0, 1, 2);
    CAPTURE(signatures);
    Lost machine;
    CHECK(machine.recover(signatures).error().code == ledger::errc::signer_unavailable);
    const auto again = machine.recover();
    machine.check_recovered(again);
    // Whether a head was signed under a number that is on the token cannot be known any more.
    CHECK(again->origin.incarnation == (signatures == 1 ? 3 : 2));
}

TEST_CASE("recovery: a restored log goes on as the next incarnation though the anchor has nothing against it",
          "[L3][L4]") {
    Lost machine;
    // A lagging copy that has more than the anchor: it was written up to a minute before the end.
    const std::uint64_t anchored = GENERATE(kept - 10, kept);
    CAPTURE(anchored);
    {
        const auto log = ledger::open_log_engine(machine.grown.maker.folder()).value();
        const auto head = ledger::Frontier::load(machine.suite, {anchored}, *log).value().head();
        machine.newest = head;
        machine.store.notes = {
            ledger::sign_anchor(machine.suite, machine.grown.maker.anchor(head, 150), machine.grown.maker.server_key())
                .value()};
    }
    machine.restored = true;
    const int signatures = GENERATE(0, 1, 2, 100);
    CAPTURE(signatures);
    auto done = machine.recover(signatures);
    CHECK(machine.loss->restored);
    CHECK(!machine.loss->shown_by_client());
    CHECK(machine.loss->gap() == std::nullopt);  // how much is missing is not known
    CHECK(machine.loss->licenses[0].unclaimed == 150 - (kept - 3));
    if (!done) done = machine.recover();
    machine.check_recovered(done);
    CHECK(done->origin.incarnation == (signatures == 1 ? 3 : 2));
}

TEST_CASE("recovery: stopped at any write of the token it is done again", "[L3][L8]") {
    const int at = GENERATE(1, 2);
    const bool half_way = GENERATE(false, true);
    CAPTURE(at, half_way);
    Lost machine;
    machine.store.breaks_at = at;
    machine.store.half_way = half_way;
    CHECK(machine.recover().error().code == ledger::errc::storage_failed);
    if (at == 2 && half_way) {
        // All is written: nothing is left to do.
        const auto log = ledger::open_log_reader(machine.grown.maker.folder()).value();
        CHECK(machine.anchor().head.size == log->size().value());
        CHECK(machine.audited().findings.empty());
        return;
    }
    machine.check_recovered(machine.recover());
    const auto expected = at == 1 ? AnchorStanding::behind : AnchorStanding::unfinished;
    CHECK(machine.loss->standing == expected);
}

TEST_CASE("recovery: an image put back again after the event was written is another incarnation", "[L3]") {
    Lost machine;
    CHECK(!machine.recover(2));  // the event is in the log, the anchor does not say so
    std::filesystem::remove_all(machine.grown.maker.folder());
    std::filesystem::copy(machine.grown.at("old"), machine.grown.maker.folder(),
                          std::filesystem::copy_options::recursive);
    const auto again = machine.recover();
    machine.check_recovered(again);
    CHECK(again->origin.incarnation == 3);
}

TEST_CASE("recovery: a client's head that the log does not have counts all seats, however often it is stopped",
          "[L4]") {
    Lost machine;
    const std::string witness = machine.grown.maker.sign_head(machine.newest);
    // The token was set back with the disk: its anchor knows less than the log.
    const auto old = machine.grown.maker.anchor({{0}, machine.suite.empty_root()}, 100);
    machine.store.notes = {ledger::sign_anchor(machine.suite, old, machine.grown.maker.server_key()).value()};
    const int signatures = GENERATE(1, 2, 3);
    CAPTURE(signatures);
    const bool stopped = !machine.recover(signatures, witness);
    CHECK(stopped == (signatures < 3));
    if (stopped) REQUIRE(machine.recover(100, signatures == 1 ? witness : ""));
    const auto report = machine.audited();
    CHECK(report.findings.empty());
    CHECK(report.unclaimed == 100'000 - (kept - 3));
    CHECK(report.incarnations[0].known->head == machine.newest);
}

TEST_CASE("recovery: what lies behind an older mirror's head is not taken for what came after", "[L3]") {
    GrowingLedger grown;
    grown.grow_to(kept);
    {
        const auto log = grown.open();
        REQUIRE(export_to(grown.at("lagging"), *log));
    }
    std::filesystem::copy(grown.maker.folder(), grown.at("old"), std::filesystem::copy_options::recursive);
    grown.grow_to(700);
    {
        const auto log = grown.open();
        REQUIRE(export_to(grown.at("ahead"), *log));
    }
    // What a writer that was interrupted leaves: tiles beyond the head that it published.
    for (const char* below : {"tile", "heads", "annex"}) {
        std::filesystem::copy(grown.at("ahead") / below, grown.at("lagging") / below,
                              std::filesystem::copy_options::recursive | std::filesystem::copy_options::skip_existing);
    }
    grown.maker.set_back(grown.at("old"));
    auto opened = grown.maker.opening(2, 700, 0, 0);
    grown.maker.go_on_as(2);
    grown.maker.append(ledger::EventDraft{{}, std::move(opened), {}});
    for (const std::uint64_t size : {61ULL, 62ULL, 300ULL, 640ULL}) {
        CAPTURE(size);
        grown.grow_to(size);
        const auto log = grown.open();
        REQUIRE(export_to(grown.at("lagging"), *log));
        const auto report = verify::verify_ledger({.folder = grown.at("lagging"),
                                                   .root = grown.vendor.root(),
                                                   .witnesses = {},
                                                   .threads = 2,
                                                   .progress = {}})
                                .value();
        CHECK(report.findings.empty());
        CHECK(report.size == size);
        const auto refused = export_to(grown.at("ahead"), *log);
        REQUIRE(!refused);
        CHECK(refused.error().code == errc::export_incarnation_closed);
    }
}
