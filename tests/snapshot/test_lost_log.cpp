// Going on from a token whose log is lost altogether: stopped at every signature and at every write, and done again.

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/errc.hpp"
#include "snapshot/errc.hpp"
#include "snapshot/lost_log.hpp"
#include "tests/snapshot/breaking_parts.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tools/verify/verify_ledger.hpp"

using namespace snapshot;
using ledger::AnchorStanding;
using ledger::Bytes;
using ledger::Result;

namespace {

constexpr std::uint64_t lost = 100;
constexpr std::uint64_t reserved = 150;

/// A ledger of 100 events that is gone, and the token that remembers.
struct Lost {
    Lost() { store.notes = {first_anchor()}; }
    Bytes first_anchor() {
        grown.grow_to(lost);
        newest = grown.maker.tree_head();
        grown.maker.close();
        std::filesystem::remove_all(grown.maker.folder());
        const auto anchor = grown.maker.anchor(newest, reserved);
        return ledger::sign_anchor(suite, anchor, grown.maker.server_key()).value();
    }

    /// One run of the command, also over what an interrupted one has left. @return what it did, or why not
    Result<Recovered> recover(int signatures = 100) {
        const auto& key = grown.maker.server_key().public_key();
        const ledger::Anchor anchor = this->anchor();
        Bytes note;
        for (const Bytes& one : store.notes) {
            if (ledger::verify_anchor(suite, one, key).value() == anchor) note = one;
        }
        TiringSigner signer(grown.maker.server_key(), signatures);
        std::vector<ledger::AnchorStore*> stores{&store};
        if (auto log = ledger::open_log_engine(grown.maker.folder()))
            return finish(**log, anchor, note, signer, stores);
        const Bytes spki = key.spki();
        const auto folder = ledger::FolderLock::take(grown.maker.folder()).value();
        const ledger::Certificate root = grown.vendor.root();
        const LostLog parts{suite, folder, anchor, note, root, spki, "1.0", support::Vendor::began + ledger::day * 40};
        std::vector<ledger::EventDraft> drafts = first_events(parts);
        const ledger::Actor actor = drafts.front().actor;
        const auto server = grown.vendor.certify_server(key, anchor.origin.server_id);
        drafts.push_back({actor, ledger::ServerCertified{{server.der()}}, {}});
        drafts.push_back(
            {actor, ledger::LicenseImported{"L-1", grown.vendor.license_bin(grown.maker.terms("L-1", 100'000))}, {}});
        return recreate_log(parts, drafts, signer, stores);
    }
    Result<Recovered> finish(ledger::LogEngine& log, const ledger::Anchor& anchor, const Bytes& note,
                             ledger::Signer& signer, std::span<ledger::AnchorStore* const> stores) {
        projections::LedgerState state;
        REQUIRE(log.visit_events({0}, log.size().value(), [&](ledger::SequenceNumber, ledger::ByteView event) {
            state.apply(ledger::decode_event(event).value());
            return true;
        }));
        const RecoveryParts parts{suite, log, state, anchor, note, {}};
        const Loss loss = find_loss(parts).value();
        standing = loss.standing;
        return open_incarnation(parts, loss, ledger::IncarnationOpened::Reason::anchor, signer, stores);
    }
    [[nodiscard]] ledger::Anchor anchor() {
        const auto& key = grown.maker.server_key().public_key();
        return ledger::choose_anchor(suite, store.notes, std::span(&key, 1)).value();
    }
    void check_recovered(const Result<Recovered>& done) {
        REQUIRE(done);
        CHECK(done->head.size.value == 4);
        CHECK(anchor().head == done->head);
        CHECK(anchor().origin == done->origin);
        CHECK(anchor().licenses[0].reserved == reserved);
        const auto report = verify::verify_ledger({.folder = grown.maker.folder(),
                                                   .root = grown.vendor.root(),
                                                   .signatures = verify::HeadSignatures::every,
                                                   .witnesses = {{"old head", grown.maker.sign_head(newest)}},
                                                   .threads = 2,
                                                   .progress = {}})
                                .value();
        CHECK(report.findings.empty());
        CHECK(report.witnesses_closed == 1);  // what clients saw is explained
        REQUIRE(report.incarnations.size() == 1);
        CHECK(report.incarnations[0].number == done->origin.incarnation);
        CHECK(report.incarnations[0].known->head == newest);  // however often it was tried
        CHECK(report.incarnations[0].kept().value == 0);
        CHECK(report.unclaimed == reserved);
    }

    const ledger::Suite& suite = ledger::default_suite();
    GrowingLedger grown;
    ledger::TreeHead newest;
    BreakingStore store;
    std::optional<AnchorStanding> standing;
};

}  // namespace

TEST_CASE("lost log: what the anchor knew begins a new one, under the same server id and the next number", "[L3][L7]") {
    Lost machine;
    const auto done = machine.recover();
    machine.check_recovered(done);
    CHECK(done->origin.incarnation == 2);
    CHECK(machine.store.replaced == 2);
}

TEST_CASE("lost log: stopped at any signature it is done again, and no number is used twice", "[L3][L8]") {
    const int signatures = GENERATE(0, 1, 2);
    CAPTURE(signatures);
    Lost machine;
    CHECK(machine.recover(signatures).error().code == ledger::errc::signer_unavailable);
    const auto again = machine.recover();
    machine.check_recovered(again);
    CHECK(again->origin.incarnation == (signatures == 1 ? 3 : 2));
    CHECK(machine.standing == (signatures == 2 ? std::optional(AnchorStanding::unfinished) : std::nullopt));
}

TEST_CASE("lost log: stopped at any write of the token it is done again", "[L3][L8]") {
    const int at = GENERATE(1, 2);
    Lost machine;
    machine.store.breaks_at = at;
    CHECK(machine.recover().error().code == ledger::errc::storage_failed);
    machine.check_recovered(machine.recover());
}

TEST_CASE("lost log: nothing is made over a log that is there", "[L10]") {
    Lost machine;
    REQUIRE(machine.recover());
    const auto& key = machine.grown.maker.server_key().public_key();
    const ledger::Anchor anchor = machine.anchor();
    const auto folder = machine.grown.maker.folder();
    const Bytes spki = key.spki();
    const ledger::Certificate root = machine.grown.vendor.root();
    const auto files = files_of(folder);
    const auto lock = ledger::FolderLock::take(folder).value();
    const auto notes = machine.store.notes;
    const LostLog parts{machine.suite, lock, anchor, machine.store.notes[0], root, spki, "1.0", {}};
    TiringSigner signer(machine.grown.maker.server_key(), 100);
    std::vector<ledger::AnchorStore*> stores{&machine.store};
    CHECK(recreate_log(parts, first_events(parts), signer, stores).error().code == ledger::errc::log_exists);
    CHECK(files_of(folder) == files);
    CHECK(machine.store.notes == notes);
}

TEST_CASE("lost log: an anchor that another one wrote meanwhile is left as it is", "[L8]") {
    Lost machine;
    const auto& key = machine.grown.maker.server_key().public_key();
    const ledger::Anchor read = machine.anchor();
    const Bytes note = machine.store.notes[0];
    REQUIRE(machine.recover());
    const auto notes = machine.store.notes;
    const support::TemporaryFolder other;  // of a configuration that names the same token
    const auto lock = ledger::FolderLock::take(other.path()).value();
    const Bytes spki = key.spki();
    const ledger::Certificate root = machine.grown.vendor.root();
    const LostLog parts{machine.suite, lock, read, note, root, spki, "1.0", support::Vendor::began + ledger::day * 40};
    TiringSigner signer(machine.grown.maker.server_key(), 100);
    std::vector<ledger::AnchorStore*> stores{&machine.store};
    CHECK(recreate_log(parts, first_events(parts), signer, stores).error().code == snapshot::errc::recovery_overtaken);
    CHECK(machine.store.notes == notes);
    CHECK(files_of(other.path()).empty());
}

TEST_CASE("lost log: under a later key it is sound with the vendor's certificate over it, and found out with another",
          "[L7]") {
    Lost machine;
    support::LedgerMaker& maker = machine.grown.maker;
    const ledger::PrivateKey earlier = ledger::PrivateKey::generate();
    const ledger::PublicKey& present = maker.server_key().public_key();
    ledger::Anchor anchor = machine.anchor();
    anchor.origin.incarnation = 2;
    anchor.keys = {{1, 1, earlier.public_key().compressed(), {}}, {2, 2, present.compressed(), {}}};
    const Bytes note = ledger::sign_anchor(machine.suite, anchor, maker.server_key()).value();
    machine.store.notes = {note};
    Bytes certificate = machine.grown.vendor.certify_server(present, anchor.origin.server_id).der();
    std::error_code expected;
    SECTION("the vendor's, over that key and for this server") {}
    SECTION("over another key") {
        certificate = machine.grown.vendor.certify_server(earlier.public_key(), anchor.origin.server_id).der();
        expected = ledger::license_file::errc::lost_log_certificate_wrong;
    }
    SECTION("for another server") {
        const auto other = ledger::derive_server_id(machine.suite, earlier.public_key());
        certificate = machine.grown.vendor.certify_server(present, other).der();
        expected = ledger::license_file::errc::lost_log_certificate_wrong;
    }
    SECTION("none, as if the first key had never handed over") {
        certificate.clear();
        expected = ledger::errc::unknown_key;
    }
    const auto folder = ledger::FolderLock::take(maker.folder()).value();
    const ledger::Certificate root = machine.grown.vendor.root();
    const Bytes first_key = earlier.public_key().spki();
    const LostLog parts{machine.suite, folder,    anchor, note,
                        root,          first_key, "1.0",  support::Vendor::began + ledger::day * 40,
                        certificate};
    auto drafts = first_events(parts);
    drafts.push_back({drafts.front().actor,
                      ledger::LicenseImported{"L-1", machine.grown.vendor.license_bin(maker.terms("L-1", 100'000))},
                      {}});
    TiringSigner signer(maker.server_key(), 100);
    std::vector<ledger::AnchorStore*> stores{&machine.store};
    REQUIRE(recreate_log(parts, drafts, signer, stores));
    const auto report = verify::verify_ledger({.folder = maker.folder(),
                                               .root = root,
                                               .signatures = verify::HeadSignatures::every,
                                               .witnesses = {},
                                               .threads = 2,
                                               .progress = {}})
                            .value();
    const auto& found = report.findings.kept();
    CHECK(report.findings.empty() == !expected);
    const auto is_expected = [&](const verify::Finding& finding) { return finding.error.code == expected; };
    CHECK((!expected || std::ranges::any_of(found, is_expected)));
}
