// A key that hands over to the next one: stopped at every signature and at every write, and done again.

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/errc.hpp"
#include "snapshot/rotation.hpp"
#include "tests/snapshot/breaking_parts.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tools/verify/verify_ledger.hpp"

using namespace snapshot;
using ledger::Bytes;
using ledger::Result;
using Stage = Rotation::Stage;

namespace {

constexpr std::uint64_t events = 60;
constexpr std::uint64_t reserved = 100;

/// A ledger of 60 events, its token with an anchor, and the next key with the vendor's certificate.
struct NextKey {
    NextKey() {
        grown.grow_to(events);
        const auto anchor = grown.maker.anchor(grown.maker.tree_head(), reserved);
        for (BreakingStore* store : {&token, &folder}) {
            store->notes = {ledger::sign_anchor(suite, anchor, grown.maker.server_key()).value()};
        }
        certificate = grown.vendor.certify_server(next.public_key(), grown.maker.origin().server_id);
    }

    /// One run of the command. @return what it did, or why not
    Result<Recovered> run(int signatures = 100) {
        grown.maker.close();
        const auto log = ledger::open_log_engine(grown.maker.folder()).value();
        projections::LedgerState state;
        REQUIRE(log->visit_events({0}, log->size().value(), [&](ledger::SequenceNumber, ledger::ByteView event) {
            state.apply(ledger::decode_event(event).value());
            return true;
        }));
        const auto& present = state.identity().keys().present().key;
        const auto holds = ledger::choose_anchor(suite, token.notes, std::span(&present, 1));
        REQUIRE(holds);
        const auto& key = next.public_key();
        RotationParts parts{suite, *log, state, grown.vendor.root(), *certificate, key, *holds, {}, {}};
        for (const Bytes& note : token.notes) {
            const auto anchor = ledger::verify_anchor(suite, note, present);
            if (anchor && *anchor == *holds) parts.anchor_note = ledger::as_text(note);
        }
        parts.attempted = ledger::choose_anchor(suite, token.notes, std::span(&key, 1));
        for (const BreakingStore* store : {&token, &folder}) {
            for (const Bytes& note : store->notes) {
                parts.all_told = parts.all_told && note == ledger::copy(ledger::as_bytes(parts.anchor_note));
            }
        }
        ACTLEDGER_TRY(found, find_rotation(parts));
        if (found->stage == Stage::done) return ledger::Error{ledger::errc::log_exists};
        std::string hand_over;
        if (found->stage == Stage::due) {
            hand_over = ledger::sign_hand_over(suite, hand_over_of(parts, *found), old_key()).value();
        }
        TiringSigner signer(next, signatures);
        std::vector<ledger::AnchorStore*> stores{&token, &folder};
        return rotate(parts, *found, hand_over, signer, {[&](ledger::ByteView note) { return add(note); }, stores});
    }
    Result<void> add(ledger::ByteView note) {
        if (add_fails) return ledger::Error{ledger::errc::storage_failed};
        token.notes.push_back(ledger::copy(note));
        return {};
    }
    ledger::PrivateKey& old_key() { return grown.maker.server_key(); }
    [[nodiscard]] std::optional<ledger::Anchor> anchor_of(const BreakingStore& store, const ledger::PublicKey& key) {
        return ledger::choose_anchor(suite, store.notes, std::span(&key, 1));
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
    void check_rotated(const Result<Recovered>& done) {
        REQUIRE(done);
        CHECK(done->head.size.value == events + 1);
        for (const BreakingStore* store : {&token, &folder}) {
            CHECK(store->notes.size() == 1);
            const auto kept = anchor_of(*store, next.public_key());
            REQUIRE(kept);
            CHECK(kept->head == done->head);
            CHECK(kept->origin == done->origin);
            REQUIRE(kept->keys.size() == 2);
            CHECK(kept->keys[0].key == old_key().public_key().compressed());
            CHECK(kept->keys[1].epoch == 2);
            REQUIRE(kept->licenses.size() == 1);
            CHECK(kept->licenses[0].reserved == reserved);
        }
        const auto report = audited();
        CHECK(report.findings.empty());
        CHECK(report.size == events + 1);
        CHECK(report.unclaimed == 0);
        REQUIRE(report.incarnations.size() == 1);
        CHECK(report.incarnations[0].reason == ledger::IncarnationOpened::Reason::rotated);
        CHECK(report.incarnations[0].number == done->origin.incarnation);
        CHECK_FALSE(report.incarnations[0].known);
    }

    const ledger::Suite& suite = ledger::default_suite();
    GrowingLedger grown;
    ledger::PrivateKey next = ledger::PrivateKey::generate();
    std::optional<ledger::Certificate> certificate;
    BreakingStore token;
    BreakingStore folder;
    bool add_fails = false;
    std::optional<Rotation> found;
};

}  // namespace

TEST_CASE("rotation: a ledger goes on under the next key, and a second run does nothing", "[L7]") {
    NextKey machine;
    const auto done = machine.run();
    machine.check_rotated(done);
    CHECK(done->origin.incarnation == 2);
    CHECK(machine.run().error().code == ledger::errc::log_exists);
    CHECK(machine.found->stage == Stage::done);
}

TEST_CASE("rotation: stopped at any signature the anchor of the key in the log is there, and it is done again",
          "[L3][L7]") {
    const int signatures = GENERATE(0, 1, 2);
    CAPTURE(signatures);
    NextKey machine;
    CHECK(machine.run(signatures).error().code == ledger::errc::signer_unavailable);
    // The server would start as it is: under the key that the log names there is an anchor that the log has.
    const bool in_log = machine.audited().size == events + 1;
    CHECK(in_log == (signatures == 2));
    const auto& signs = in_log ? machine.next.public_key() : machine.old_key().public_key();
    for (const BreakingStore* store : {&machine.token, &machine.folder}) {
        const auto holds = machine.anchor_of(*store, signs);
        if (store == &machine.folder && in_log) continue;  // told last
        REQUIRE(holds);
        CHECK(holds->head.size.value == events);
    }
    CHECK(machine.audited().findings.empty());
    const auto again = machine.run();
    machine.check_rotated(again);
    CHECK(machine.found->stage == (in_log ? Stage::unfinished : Stage::due));
    CHECK(again->origin.incarnation == (signatures == 1 ? 3 : 2));  // no number is used twice
}

TEST_CASE("rotation: stopped at any write of the token it is done again", "[L3][L7]") {
    NextKey machine;
    SECTION("beside the anchor that holds") {
        machine.add_fails = true;
        CHECK(machine.run().error().code == ledger::errc::storage_failed);
        machine.add_fails = false;
        CHECK(machine.audited().size == events);
    }
    SECTION("in its place") {
        machine.token.breaks_at = 1;
        CHECK(machine.run().error().code == ledger::errc::storage_failed);
        CHECK(machine.token.notes.size() == 2);
        CHECK(machine.audited().size == events + 1);
    }
    SECTION("before the ones of the old key are removed, which would hide that a ledger was set back") {
        machine.token.breaks_at = 1;
        machine.token.half_way = true;
        CHECK(machine.run().error().code == ledger::errc::storage_failed);
        CHECK(machine.token.notes.size() == 3);
    }
    machine.check_rotated(machine.run());
}

TEST_CASE("rotation: attempts that go wrong again and again leave one note each time", "[L7]") {
    NextKey machine;
    for (int i = 0; i < 10; ++i) {
        CHECK(machine.run(1).error().code == ledger::errc::signer_unavailable);
        CHECK(machine.token.notes.size() == 2);
    }
    const auto done = machine.run();
    machine.check_rotated(done);
    CHECK(done->origin.incarnation == 12);
}

TEST_CASE("rotation: a second place that fails does not hold it up", "[L7]") {
    NextKey machine;
    machine.folder.breaks_at = 1;
    const auto done = machine.run();
    REQUIRE(done);
    CHECK(done->second_failing);
    CHECK(machine.audited().findings.empty());
}

TEST_CASE("rotation: a certificate that is not good for this ledger changes nothing", "[L7]") {
    NextKey machine;
    std::error_code code;
    using ledger::license_file::errc;
    SECTION("another vendor's") {
        const support::Vendor other;
        machine.certificate = other.certify_server(machine.next.public_key(), machine.grown.maker.origin().server_id);
        code = errc::rotation_certificate_wrong;
    }
    SECTION("another server's") {
        machine.certificate = machine.grown.vendor.certify_server(machine.next.public_key(), std::string(32, 'a'));
        code = errc::rotation_other_server;
    }
    SECTION("over the key that signs now") {
        machine.certificate = machine.grown.maker.server_certificate();
        code = errc::rotation_key_known;
    }
    const auto before = machine.token.notes;
    CHECK(machine.run().error().code == code);
    CHECK(machine.token.notes == before);
    CHECK(machine.audited().size == events);
    CHECK(machine.audited().findings.empty());
}
