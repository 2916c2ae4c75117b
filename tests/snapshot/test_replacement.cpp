// Going on under another key: stopped at every signature and at every write, and done again.

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/errc.hpp"
#include "snapshot/replacement.hpp"
#include "tests/snapshot/breaking_parts.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tools/verify/verify_ledger.hpp"

using namespace snapshot;
using ledger::Bytes;
using ledger::Result;
using Stage = Replacement::Stage;

namespace {

constexpr std::uint64_t events = 60;

/// A ledger of 60 events whose token is gone, a new one, and the vendor's file.
struct LostKey {
    LostKey() {
        grown.grow_to(events);
        file = grown.vendor.reendorsement_bin(grown.maker.reendorsement(new_key.public_key(), grown.vendor));
    }

    /// One run of the command. @return what it did, or why not
    Result<Recovered> replace(int signatures = 100) {
        grown.maker.close();
        const auto log = ledger::open_log_engine(grown.maker.folder()).value();
        projections::LedgerState state;
        REQUIRE(log->visit_events({0}, log->size().value(), [&](ledger::SequenceNumber, ledger::ByteView event) {
            state.apply(ledger::decode_event(event).value());
            return true;
        }));
        ACTLEDGER_TRY(const auto verified, ledger::verify_reendorsement(file, grown.vendor.root()));
        ReplacementParts parts{suite, *log, state, verified, {}, {}, {}, {}, 0, {}, {}, tail};
        const auto& key = new_key.public_key();
        parts.new_anchor = ledger::choose_anchor(suite, token.notes, std::span(&key, 1));
        for (const Bytes& note : token.notes) {
            if (ledger::verify_anchor(suite, note, key)) parts.new_anchor_note = ledger::as_text(note);
        }
        parts.newest_seen = newest_seen;
        parts.shown_later = shown_later;
        parts.witness_note = witness_note;
        if (old_anchor) {
            parts.old_anchor = *old_anchor;
            parts.old_anchor_note =
                ledger::as_text(ledger::sign_anchor(suite, *old_anchor, grown.maker.server_key()).value());
        }
        ACTLEDGER_TRY(found, find_replacement(parts));
        if (found->stage == Stage::done) return ledger::Error{ledger::errc::log_exists};
        TiringSigner signer(new_key, signatures);
        std::vector<ledger::AnchorStore*> stores{&token, &folder};
        return hand_over(parts, *found, signer, stores);
    }
    /// What the new key did, as its token remembers it, before the disk was set back.
    void went_on(const ledger::TreeHead& head, std::uint64_t reserved) {
        ledger::Anchor newest = grown.maker.anchor(head, reserved);
        newest.origin.incarnation = 2;
        newest.keys.push_back({2, 2, new_key.public_key().compressed(), {}});
        token.notes = {ledger::sign_anchor(suite, newest, new_key).value()};
    }
    [[nodiscard]] ledger::Anchor anchor(const BreakingStore& store) const {
        const auto& key = new_key.public_key();
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
    void check_replaced(const Result<Recovered>& done) const {
        REQUIRE(done);
        CHECK(done->head.size.value == events + 1);
        for (const BreakingStore* store : {&token, &folder}) {
            const auto kept = anchor(*store);
            CHECK(kept.head == done->head);
            CHECK(kept.origin == done->origin);
            REQUIRE(kept.keys.size() == 2);
            CHECK(kept.keys[0].key == old_key);
            CHECK(kept.keys[1].epoch == 2);
            REQUIRE(kept.licenses.size() == 1);
            CHECK(kept.licenses[0].reserved >= events - 3);
        }
        const auto report = audited();
        CHECK(report.findings.empty());
        CHECK(report.size == events + 1);
        REQUIRE(report.incarnations.size() == 1);
        CHECK(report.incarnations[0].number == done->origin.incarnation);
    }

    const ledger::Suite& suite = ledger::default_suite();
    GrowingLedger grown;
    ledger::CompressedKey old_key = grown.maker.server_key().public_key().compressed();
    ledger::PrivateKey new_key = ledger::PrivateKey::generate();
    Bytes file;
    LogTail tail = LogTail::whole;
    std::uint32_t newest_seen = 0;
    std::optional<ledger::Checkpoint> shown_later;
    std::string witness_note;
    std::optional<ledger::Anchor> old_anchor;
    BreakingStore token;
    BreakingStore folder;
    std::optional<Replacement> found;
};

}  // namespace

TEST_CASE("replacement: a ledger goes on under the key that the vendor re-endorsed, and a second run does nothing",
          "[L7]") {
    LostKey machine;
    const auto done = machine.replace();
    machine.check_replaced(done);
    CHECK(done->origin.incarnation == 2);
    CHECK(machine.found->licenses.at(0).held == events - 3);
    CHECK(machine.found->licenses.at(0).unclaimed == 0);
    CHECK(machine.audited().unclaimed == 0);
    CHECK(machine.token.replaced == 2);
    CHECK(machine.replace().error().code == ledger::errc::log_exists);
    CHECK(machine.found->stage == Stage::done);
}

TEST_CASE("replacement: stopped at any signature it is done again, and no number is used twice", "[L3][L7]") {
    const int signatures = GENERATE(0, 1, 2);
    CAPTURE(signatures);
    LostKey machine;
    CHECK(machine.replace(signatures).error().code == ledger::errc::signer_unavailable);
    const auto again = machine.replace();
    machine.check_replaced(again);
    CHECK(machine.found->stage == (signatures == 2 ? Stage::unfinished : Stage::due));
    CHECK(again->origin.incarnation == (signatures == 1 ? 3 : 2));
}

TEST_CASE("replacement: stopped at any write of the token it is done again", "[L3][L7]") {
    const int at = GENERATE(1, 2);
    const bool half_way = GENERATE(false, true);
    CAPTURE(at, half_way);
    LostKey machine;
    machine.token.breaks_at = at;
    machine.token.half_way = half_way;
    CHECK(machine.replace().error().code == ledger::errc::storage_failed);
    if (at == 2 && half_way) {
        CHECK(machine.replace().error().code == ledger::errc::log_exists);
        CHECK(machine.audited().findings.empty());
        return;
    }
    machine.check_replaced(machine.replace());
}

TEST_CASE("replacement: a second place that fails does not hold it up", "[L7]") {
    LostKey machine;
    machine.folder.breaks_at = 1;
    const auto done = machine.replace();
    REQUIRE(done);
    CHECK(done->second_failing);
    CHECK(machine.audited().findings.empty());
}

TEST_CASE("replacement: what the lost token's anchor knew besides is a gap, and its seats are unclaimed", "[L4][L8]") {
    LostKey machine;
    const ledger::TreeHead known{{100}, machine.suite.hash(ledger::as_bytes("lost"))};
    machine.old_anchor = machine.grown.maker.anchor(known, 150);
    const int signatures = GENERATE(1, 2, 100);
    CAPTURE(signatures);
    auto done = machine.replace(signatures);
    if (!done) done = machine.replace();
    machine.check_replaced(done);
    CHECK(machine.audited().unclaimed == 150 - (events - 3));
    CHECK(machine.audited().incarnations[0].known->head == known);
    CHECK(machine.anchor(machine.token).licenses[0].reserved == 150);
}

TEST_CASE("replacement: after a restore all that is left may have been given", "[L4]") {
    LostKey machine;
    machine.tail = LogTail::restored;
    const int signatures = GENERATE(2, 100);
    CAPTURE(signatures);
    auto done = machine.replace(signatures);
    if (!done) done = machine.replace();
    machine.check_replaced(done);
    CHECK(machine.audited().unclaimed == 100'000 - (events - 3));
}

TEST_CASE("replacement: after a restore a number is not used that may have been opened since the copy", "[L3]") {
    LostKey machine;
    machine.tail = LogTail::restored;
    SECTION("nothing tells") {
        const int signatures = GENERATE(1, 100);  // an attempt uses its number up, and leaves no further gap
        auto done = machine.replace(signatures);
        if (!done) done = machine.replace();
        machine.check_replaced(done);
        CHECK(done->origin.incarnation == (signatures == 1 ? 1'003 : 1'002));
    }
    SECTION("something that calls itself an anchor says more") {
        machine.newest_seen = 5'000;
        const auto done = machine.replace();
        machine.check_replaced(done);
        CHECK(done->origin.incarnation == 5'001);
    }
    SECTION("there is none left") {
        machine.newest_seen = std::numeric_limits<std::uint32_t>::max();
        CHECK(machine.replace().error().code == snapshot::errc::replacement_numbers_end);
        CHECK(machine.token.notes.empty());
    }
}

TEST_CASE("replacement: what the new key did before the disk was set back is a gap, and its seats are unclaimed",
          "[L4][L8]") {
    LostKey machine;
    const ledger::TreeHead known{{100}, machine.suite.hash(ledger::as_bytes("lost"))};
    machine.went_on(known, 150);
    const int signatures = GENERATE(1, 2, 100);
    CAPTURE(signatures);
    auto done = machine.replace(signatures);
    if (!done) done = machine.replace();
    machine.check_replaced(done);
    CHECK(done->origin.incarnation >= 3);
    CHECK(machine.audited().unclaimed == 150 - (events - 3));
    CHECK(machine.audited().incarnations[0].known->head == known);
    CHECK(machine.audited().incarnations[0].known->origin.incarnation >= 2);
}

TEST_CASE("replacement: a key that went on in another history takes no older ledger up again", "[L3][L8]") {
    LostKey machine;
    machine.went_on({{20}, machine.suite.hash(ledger::as_bytes("other"))}, 150);
    const auto notes = machine.token.notes;
    CHECK(machine.replace().error().code == snapshot::errc::replacement_went_on);
    CHECK(machine.token.notes == notes);
    CHECK(machine.audited().size == events);
}

TEST_CASE("replacement: what this ledger cannot take changes nothing", "[L7]") {
    LostKey machine;
    auto stated = machine.grown.maker.reendorsement(machine.new_key.public_key(), machine.grown.vendor);
    std::error_code code;
    using ledger::license_file::errc;
    SECTION("another history up to the head") {
        stated.head->head = {{events - 1}, {}};
        code = errc::reendorsement_head_differs;
    }
    SECTION("a head that the log lacks") {
        stated.head->head.size = {events + 1};
        code = errc::reendorsement_head_missing;
    }
    SECTION("another key") {
        stated.old_key = {};
        code = errc::reendorsement_other_key;
    }
    SECTION("the lost token's anchor is of another history") {
        machine.old_anchor = machine.grown.maker.anchor({{events - 1}, {}}, 100);
        code = snapshot::errc::replacement_contradicted;
    }
    machine.file = machine.grown.vendor.reendorsement_bin(stated);
    CHECK(machine.replace().error().code == code);
    CHECK(machine.token.notes.empty());
    CHECK(machine.audited().size == events);
    CHECK(machine.audited().findings.empty());
}

TEST_CASE("replacement: what a key did that nobody here knows is a gap, and no number of it is used again",
          "[L3][L4][L8]") {
    LostKey machine;
    machine.tail = LogTail::restored;
    machine.shown_later = ledger::Checkpoint{machine.grown.maker.origin(), {{events + 40}, {}}};
    machine.shown_later->origin.incarnation = 5'000;
    // The old token's copy knows a little more than the log: that bounds nothing any more.
    machine.old_anchor = machine.grown.maker.anchor({{events + 5}, {}}, events);
    const int signatures = GENERATE(0, 1, 2, 100);
    CAPTURE(signatures);
    auto done = machine.replace(signatures);
    const auto found = machine.found;
    if (!done) done = machine.replace();
    machine.check_replaced(done);
    CHECK(found->missing == machine.shown_later);
    CHECK(done->origin.incarnation > 5'000 + ledger::incarnations_left);
    const LicenseLoss& license = found->licenses.at(0);
    CHECK(license.unclaimed == *license.quantity - license.held);
    CHECK(machine.audited().unclaimed == license.unclaimed);
}

TEST_CASE("replacement: what a client shows of the new key itself can stand in the event", "[L3][L4][L8]") {
    LostKey machine;
    ledger::Checkpoint head{machine.grown.maker.origin(), {{events + 9}, {}}};
    head.origin.incarnation = 2;
    machine.witness_note = ledger::sign_note(machine.suite, head.body(), head.origin.text(), machine.new_key).value();
    const auto done = machine.replace();
    machine.check_replaced(done);
    CHECK(machine.found->missing == head);
    CHECK(done->origin.incarnation == 3);
    const LicenseLoss& license = machine.found->licenses.at(0);
    CHECK(license.unclaimed == *license.quantity - license.held);
}
