// Going on where log and key are lost together: stopped at every signature and at every write, and done again; and
// what an auditor finds in a log that claims to be such a one.

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/errc.hpp"
#include "projections/state/errc.hpp"
#include "snapshot/errc.hpp"
#include "snapshot/lost_ledger.hpp"
#include "snapshot/lost_log.hpp"
#include "tests/projections/state_bytes.hpp"
#include "tests/snapshot/breaking_parts.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tools/verify/verify_ledger.hpp"

using namespace snapshot;
using ledger::AnchorStanding;
using ledger::Bytes;
using ledger::Result;

namespace {

constexpr std::uint64_t lost_size = 100;
constexpr std::uint64_t quantity = 100'000;
constexpr std::uint64_t open_seats = 400;
constexpr std::uint32_t first_number = 1'001;

/// A ledger of 100 events and its key that are gone; an activation file's head is left, and a new token.
struct AllLost {
    AllLost() {
        grown.grow_to(lost_size);
        known = {grown.maker.origin(), grown.maker.tree_head()};
        note = grown.maker.last_head();
        stated = grown.maker.reendorsement(new_key.public_key(), grown.vendor);
        stated.issued_at = support::Vendor::began + ledger::day * 39;
        const std::string terms = ledger::license_terms_json(grown.maker.terms("L-1", quantity));
        stated.lost_log =
            ledger::LostLogTerms{first_number, {{"L-1", suite.hash(ledger::as_bytes(terms)), quantity, open_seats}}};
        grown.maker.close();
        std::filesystem::remove_all(grown.maker.folder());
        store.notes = {first_anchor()};
    }
    /// As `hsm init` makes it with the key.
    Bytes first_anchor() {
        ledger::Anchor anchor;
        anchor.origin = {ledger::derive_server_id(suite, new_key.public_key()), 1};
        anchor.head = {{0}, suite.empty_root()};
        anchor.keys = {{1, 1, new_key.public_key().compressed(), {}}};
        return ledger::sign_anchor(suite, anchor, new_key).value();
    }
    [[nodiscard]] ledger::Anchor anchor() const {
        return ledger::choose_anchor(suite, store.notes, std::span(&new_key.public_key(), 1)).value();
    }
    std::uint32_t newest_seen = 0;
    [[nodiscard]] LostLedger parts() {
        file = ledger::verify_reendorsement(grown.vendor.reendorsement_bin(stated), grown.vendor.root()).value();
        root = grown.vendor.root();
        auto folder = ledger::FolderLock::take(grown.maker.folder()).value();
        std::optional<ledger::Anchor> attempt;
        if (anchor().origin.server_id == stated.server_id) attempt = anchor();
        return {suite, std::move(folder),  *file,       *root, grown.maker.server_key().public_key(),    {7},
                note,  std::move(attempt), newest_seen, "1.0", support::Vendor::began + ledger::day * 40};
    }
    [[nodiscard]] std::vector<ledger::EventDraft> drafts(const LostLedger& lost) {
        std::vector<ledger::EventDraft> all = first_events(lost);
        all.push_back({all.front().actor,
                       ledger::LicenseImported{"L-1", grown.vendor.license_bin(grown.maker.terms("L-1", quantity))},
                       {}});
        return all;
    }

    /// One run of the command, also over what an interrupted one has left. @return what it did, or why not
    Result<Recovered> recover(int signatures = 100) {
        TiringSigner signer(new_key, signatures);
        std::vector<ledger::AnchorStore*> stores{&store};
        if (auto log = ledger::open_log_engine(grown.maker.folder())) return finish(**log, signer, stores);
        const LostLedger lost = parts();
        return recreate_log(lost, drafts(lost), signer, stores);
    }
    Result<Recovered> finish(ledger::LogEngine& log, ledger::Signer& signer,
                             std::span<ledger::AnchorStore* const> stores) {
        projections::LedgerState state;
        REQUIRE(log.visit_events({0}, log.size().value(), [&](ledger::SequenceNumber, ledger::ByteView event) {
            state.apply(ledger::decode_event(event).value());
            return true;
        }));
        const ledger::Anchor found = anchor();
        const RecoveryParts recovery{suite, log, state, found, {}, {}};
        const Loss loss = find_loss(recovery).value();
        standing = loss.standing;
        // The last step was done, and nobody was told: nothing is left to do.
        if (loss.standing == AnchorStanding::equal) return Recovered{loss.log_origin, loss.kept, {}};
        return open_incarnation(recovery, loss, ledger::IncarnationOpened::Reason::anchor, signer, stores);
    }
    [[nodiscard]] verify::LedgerReport audited(std::vector<verify::Witness> witnesses = {}) {
        return verify::verify_ledger({.folder = grown.maker.folder(),
                                      .root = grown.vendor.root(),
                                      .signatures = verify::HeadSignatures::every,
                                      .witnesses = std::move(witnesses),
                                      .threads = 2,
                                      .progress = {}})
            .value();
    }
    void check_recovered(const Result<Recovered>& done) {
        REQUIRE(done);
        CHECK(done->head.size.value == 3);
        CHECK(done->origin.server_id == known.origin.server_id);
        CHECK(anchor().head == done->head);
        CHECK(anchor().origin == done->origin);
        REQUIRE(anchor().licenses.size() == 1);
        CHECK(anchor().licenses[0].reserved == quantity - open_seats);
        CHECK(anchor().keys.size() == 2);
        const auto report = audited({{"old head", grown.maker.sign_head(known.head)}});
        for (const auto& finding : report.findings.kept()) FAIL(finding.error.describe());
        CHECK(report.witnesses_closed == 1);  // what clients saw is explained
        REQUIRE(report.incarnations.size() == 1);
        CHECK(report.incarnations[0].number == done->origin.incarnation);
        CHECK(report.incarnations[0].reason == ledger::IncarnationOpened::Reason::log_and_key_lost);
        CHECK(report.incarnations[0].known == known);
        CHECK(report.incarnations[0].kept().value == 0);
        CHECK(report.unclaimed == quantity - open_seats);
    }
    /// What is found in a log that somebody with another idea of it has signed.
    [[nodiscard]] bool finds(std::error_code code, const std::vector<ledger::EventDraft>& all,
                             std::uint32_t number = first_number) {
        const ledger::Origin origin{stated.server_id, number};
        REQUIRE(
            ledger::create_log(grown.maker.folder(), origin, all, support::Vendor::began + ledger::day * 40, new_key));
        const auto report = audited();
        std::string told;
        bool found = false;
        for (const auto& finding : report.findings.kept()) {
            told += finding.error.describe() + "\n";
            found = found || finding.error.code == code;
        }
        INFO(told);
        CHECK(found);
        return found;
    }

    const ledger::Suite& suite = ledger::default_suite();
    GrowingLedger grown;
    ledger::PrivateKey new_key = ledger::PrivateKey::generate();
    ledger::Checkpoint known;
    std::string note;
    ledger::Reendorsement stated;
    std::optional<ledger::VerifiedReendorsement> file;
    std::optional<ledger::Certificate> root;
    BreakingStore store;
    std::optional<AnchorStanding> standing;
};

}  // namespace

TEST_CASE_METHOD(AllLost, "log and key lost: as many licences as an anchor can name are brought back", "[L7]") {
    for (std::size_t i = 1; i < ledger::anchor_licenses_max; ++i) {
        stated.lost_log->licenses.push_back({std::string(61, 'M') + std::to_string(100 + i), {}, 10, 0});
    }
    const auto done = recover();
    REQUIRE(done);
    const ledger::Anchor kept = anchor();
    REQUIRE(kept.licenses.size() == ledger::anchor_licenses_max);
    for (const ledger::AnchorLicense& license : kept.licenses) {
        CHECK(license.state == ledger::AnchorLicense::State::live);
        CHECK(license.reserved == (license.license_id == "L-1" ? quantity - open_seats : 10));
    }
    const auto report = audited();
    for (const auto& finding : report.findings.kept()) FAIL(finding.error.describe());
}

TEST_CASE("log and key lost: the vendor's file begins a new log under the same server id and the new key", "[L3][L7]") {
    AllLost machine;
    const auto done = machine.recover();
    machine.check_recovered(done);
    CHECK(done->origin.incarnation == first_number);
    CHECK(machine.store.replaced == 2);
    // A state of it is stored and read again.
    projections::LedgerState state;
    const auto lost = machine.parts();
    for (const auto& event : numbered(done->origin, lost.now, machine.drafts(lost))) state.apply(event);
    REQUIRE(state.identity().vouched());
    CHECK(state.identity().vouched()->live.size() == 1);
    CHECK(state.identity().keys().present().key == machine.new_key.public_key());
    CHECK(state.seats().used({0}) == quantity - open_seats);
    const Bytes bytes = support::state_bytes(state);
    const auto read = support::read_state(bytes);
    REQUIRE(read);
    CHECK(read->state->identity().vouched() == state.identity().vouched());
    CHECK(support::state_bytes(*read->state) == bytes);
}

TEST_CASE("log and key lost: stopped at any signature it is done again, and no number is used twice", "[L3][L8]") {
    const int signatures = GENERATE(0, 1, 2);
    CAPTURE(signatures);
    AllLost machine;
    CHECK(machine.recover(signatures).error().code == ledger::errc::signer_unavailable);
    const auto again = machine.recover();
    machine.check_recovered(again);
    CHECK(again->origin.incarnation == (signatures == 1 ? first_number + 1 : first_number));
    CHECK(machine.standing == (signatures == 2 ? std::optional(AnchorStanding::unfinished) : std::nullopt));
}

TEST_CASE("log and key lost: stopped at any write of the token it is done again", "[L3][L8]") {
    const int at = GENERATE(1, 2);
    const bool half_way = GENERATE(false, true);
    AllLost machine;
    machine.store.breaks_at = at;
    machine.store.half_way = half_way;
    CHECK(machine.recover().error().code == ledger::errc::storage_failed);
    machine.check_recovered(machine.recover());
}

TEST_CASE("log and key lost: without any activation file nothing is known, and that is said", "[L3]") {
    AllLost machine;
    machine.stated.head.reset();
    machine.note.clear();
    REQUIRE(machine.recover());
    const auto report = machine.audited();
    CHECK(report.findings.empty());
    REQUIRE(report.incarnations.size() == 1);
    CHECK_FALSE(report.incarnations[0].known);
    CHECK(report.unclaimed == quantity - open_seats);
}

TEST_CASE("log and key lost: a log that the vendor did not hand over so is found out", "[L3][L7]") {
    using Refusal = ledger::license_file::errc;
    AllLost machine;
    LostLedger lost = machine.parts();
    lost.folder.reset();  // the folder is made use of without it
    auto all = machine.drafts(lost);
    auto& genesis = std::get<ledger::LedgerCreated>(all[0].body);
    auto& opened = std::get<ledger::IncarnationOpened>(all[1].body);
    SECTION("another lost key, whose files would be adopted") {
        genesis.public_key = ledger::PrivateKey::generate().public_key().spki();
        CHECK(machine.finds(Refusal::reendorsement_other_key, all));
    }
    SECTION("a number that may have been used") {
        opened.incarnation = 5;
        CHECK(machine.finds(Refusal::reendorsement_number_used, all, 5));
    }
    SECTION("a head that is behind what the vendor vouches for") {
        opened.known_head.clear();
        CHECK(machine.finds(Refusal::reendorsement_head_beyond, all));
    }
    SECTION("fewer seats that may have been given") {
        opened.unclaimed = {{"L-1", 1}};
        CHECK(machine.finds(projections::errc::unclaimed_seats_wrong, all));
    }
    SECTION("a licence that the vendor does not call live") {
        all.push_back(
            {all.front().actor,
             ledger::LicenseImported{"L-2", machine.grown.vendor.license_bin(machine.grown.maker.terms("L-2", 9))},
             {}});
        CHECK(machine.finds(Refusal::not_vouched, all));
    }
    SECTION("other terms under the id of one that is live") {
        all.back().body =
            ledger::LicenseImported{"L-1", machine.grown.vendor.license_bin(machine.grown.maker.terms("L-1", 7))};
        CHECK(machine.finds(Refusal::vouched_otherwise, all));
    }
    SECTION("a file that the vendor did not sign") {
        opened.reendorsement.back() ^= 1;
        CHECK(machine.finds(Refusal::reendorsement_signature_bad, all));
    }
}

TEST_CASE("log and key lost: a number that any anchor names is passed over, and the auditor agrees", "[L3][L7]") {
    AllLost machine;
    const std::uint32_t vendors = machine.stated.lost_log->incarnation;
    machine.newest_seen = vendors - 1;
    CHECK(origin_after(machine.parts()).incarnation == vendors);
    machine.newest_seen = vendors + 2;
    CHECK(machine.recover()->origin.incarnation == vendors + 3);
    const auto report = machine.audited();
    CHECK(report.findings.empty());
    REQUIRE(report.incarnations.size() == 1);
    CHECK(report.incarnations[0].number == vendors + 3);
}

TEST_CASE("log and key lost: nothing is made over a log that is there", "[L10]") {
    AllLost machine;
    REQUIRE(machine.recover());
    const LostLedger lost = machine.parts();
    const auto files = files_of(machine.grown.maker.folder());
    const auto notes = machine.store.notes;
    TiringSigner signer(machine.new_key, 100);
    std::vector<ledger::AnchorStore*> stores{&machine.store};
    CHECK(recreate_log(lost, machine.drafts(lost), signer, stores).error().code == ledger::errc::log_exists);
    CHECK(files_of(machine.grown.maker.folder()) == files);
    CHECK(machine.store.notes == notes);
}

TEST_CASE("log and key lost: an anchor that another one wrote meanwhile is left as it is", "[L8]") {
    AllLost machine;
    LostLedger lost = machine.parts();
    lost.folder.reset();
    REQUIRE(machine.recover());
    const auto notes = machine.store.notes;
    const support::TemporaryFolder other;  // of a configuration that names the same token
    lost.folder = ledger::FolderLock::take(other.path()).value();
    TiringSigner signer(machine.new_key, 100);
    std::vector<ledger::AnchorStore*> stores{&machine.store};
    CHECK(recreate_log(lost, machine.drafts(lost), signer, stores).error().code == snapshot::errc::recovery_overtaken);
    CHECK(machine.store.notes == notes);
    CHECK(files_of(other.path()).empty());
}
