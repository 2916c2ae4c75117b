// Ledgers that were handed over to another key: sound ones are, and a hand-over that the vendor did not make is found
// where it stands.

#include "ledger/core/errc.hpp"
#include "ledger/license_file/errc.hpp"
#include "projections/state/errc.hpp"
#include "tests/support/result_text.hpp"
#include "tests/tools/verify/verify_fixture.hpp"

using namespace verify;
using Refusal = ledger::license_file::errc;

namespace {

constexpr std::uint64_t kept = 8;  // events: 3 and 5 seats

struct Made {
    Made() : maker(temporary.path() / "ledger", vendor, {.seats = 20}) {
        for (std::uint64_t device = 0; maker.size() < kept; ++device) maker.append(maker.activation(device));
    }
    [[nodiscard]] ledger::Reendorsement reendorsement() const {
        return maker.reendorsement(new_key.public_key(), vendor);
    }
    [[nodiscard]] ledger::IncarnationOpened hand_over() { return maker.hand_over(2, reendorsement(), vendor); }
    /// The event under the new key, and a seat after it.
    void append(ledger::IncarnationOpened opened, std::uint64_t device = 5) {
        maker.go_on_with(std::move(new_key), vendor);
        new_key = ledger::PrivateKey::generate();
        maker.go_on_as(opened.incarnation);
        maker.append(ledger::EventDraft{
            {ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}},
            std::move(opened),
            {}});
        maker.append(maker.activation(device));
    }
    [[nodiscard]] LedgerReport audited(HeadSignatures signatures = HeadSignatures::every) const {
        return verify_ledger({.folder = maker.folder(),
                              .root = vendor.root(),
                              .signatures = signatures,
                              .witnesses = {},
                              .threads = 2,
                              .progress = {}})
            .value();
    }
    /// Found at the hand-over; what follows from it may be found besides.
    void expect(std::error_code code, std::uint64_t number = kept) const {
        for (const HeadSignatures signatures : {HeadSignatures::every, HeadSignatures::last}) {
            const auto report = audited(signatures);
            INFO(told(report));
            const Finding* finding = find(report, code);
            REQUIRE(finding != nullptr);
            CHECK(finding->events == EventRange{{number}, {number}});
        }
    }

    support::TemporaryFolder temporary;
    support::Vendor vendor;
    support::LedgerMaker maker;
    ledger::PrivateKey new_key = ledger::PrivateKey::generate();
};

}  // namespace

TEST_CASE("verify: a ledger that was handed over twice is sound, and its files verify", "[L7]") {
    Made made;
    const std::string before = made.maker.activation_file({5});
    made.append(made.hand_over());
    made.append(made.maker.hand_over(4, made.reendorsement(), made.vendor), 6);
    for (const HeadSignatures signatures : {HeadSignatures::every, HeadSignatures::last}) {
        const auto report = made.audited(signatures);
        INFO(told(report));
        CHECK(report.findings.empty());
        CHECK(report.seats == 7);
        REQUIRE(report.incarnations.size() == 2);
        CHECK(report.incarnations[0].reason == ledger::IncarnationOpened::Reason::reendorsed);
        CHECK_FALSE(report.incarnations[0].known);
    }
    for (const std::string& text : {before, made.maker.activation_file({made.maker.size() - 1})}) {
        const auto file = ledger::ActivationFile::parse(text);
        CHECK(ledger::verify_activation_file(file.value(), made.vendor.root()));
    }
}

TEST_CASE("verify: a ledger whose key was rotated twice is sound, and its files do not grow", "[L7]") {
    Made made;
    const std::string before = made.maker.activation_file({5});
    made.append(made.maker.rotation(2, made.new_key.public_key(), made.vendor));
    made.append(made.maker.rotation(4, made.new_key.public_key(), made.vendor), 6);
    for (const HeadSignatures signatures : {HeadSignatures::every, HeadSignatures::last}) {
        const auto report = made.audited(signatures);
        INFO(told(report));
        CHECK(report.findings.empty());
        CHECK(report.seats == 7);
        CHECK(report.unclaimed == 0);
        REQUIRE(report.incarnations.size() == 2);
        CHECK(report.incarnations[0].reason == ledger::IncarnationOpened::Reason::rotated);
        CHECK_FALSE(report.incarnations[0].known);
    }
    const std::string after = made.maker.activation_file({made.maker.size() - 1});
    for (const std::string& text : {before, after}) {
        const auto file = ledger::ActivationFile::parse(text);
        CHECK(ledger::verify_activation_file(file.value(), made.vendor.root()));
    }
    constexpr std::size_t path_line = 45;
    CHECK(after.size() < before.size() + 2 * path_line);
}

TEST_CASE("verify: a rotation that is not by the key before and for this server is found where it stands", "[L7]") {
    Made made;
    const auto& suite = ledger::default_suite();
    auto opened = made.maker.rotation(2, made.new_key.public_key(), made.vendor);
    std::error_code code = Refusal::rotation_signature_bad;
    SECTION("no note, but some text") {
        opened.hand_over = "nobody said so\n";
        code = Refusal::rotation_note_malformed;
    }
    SECTION("forged by the key that takes over") {
        const auto stated = ledger::SignedHandOver::parse(opened.hand_over).value().hand_over;
        opened.hand_over = ledger::sign_note(suite, stated.body(), stated.head.origin.text(), made.new_key).value();
    }
    SECTION("altered") {
        auto stated = ledger::SignedHandOver::parse(opened.hand_over).value();
        stated.note.signatures.front().signature.back() ^= 1;
        opened.hand_over = stated.note.text();
    }
    SECTION("to another key") {
        const auto other = ledger::PrivateKey::generate();
        opened.hand_over = made.maker.rotation(2, other.public_key(), made.vendor).hand_over;
        code = Refusal::rotation_other_next_key;
    }
    SECTION("by another key, that the vendor certified as well") {
        const auto stated = ledger::SignedHandOver::parse(opened.hand_over).value().hand_over;
        auto other = ledger::PrivateKey::generate();
        const ledger::KeyHandOver theirs{stated.head, suite.hash(other.public_key().spki()), stated.next};
        opened.hand_over = ledger::sign_hand_over(suite, theirs, other).value();
        code = Refusal::rotation_other_key;
    }
    SECTION("of another head") {
        auto stated = ledger::SignedHandOver::parse(opened.hand_over).value().hand_over;
        stated.head.head.root = {};
        opened.hand_over = ledger::sign_hand_over(suite, stated, made.maker.server_key()).value();
        code = Refusal::rotation_head_differs;
    }
    SECTION("a certificate of another vendor's") {
        const support::Vendor other;
        opened.server_certificate =
            other.certify_server(made.new_key.public_key(), made.maker.origin().server_id).der();
        code = Refusal::rotation_certificate_wrong;
    }
    SECTION("a certificate for another server") {
        opened.server_certificate = made.vendor.certify_server(made.new_key.public_key(), std::string(32, 'a')).der();
        code = Refusal::rotation_other_server;
    }
    SECTION("back to the key that was there before") {
        opened.server_certificate = made.maker.server_certificate().der();
        code = Refusal::rotation_key_known;
    }
    made.append(std::move(opened));
    made.expect(code);
    const auto report = made.audited();
    INFO(told(report));
    CHECK(find(report, ledger::errc::unknown_key) != nullptr);
}

TEST_CASE("verify: a rotation on a certificate that was revoked is found", "[L7]") {
    Made made;
    const auto opened = made.maker.rotation(2, made.new_key.public_key(), made.vendor);
    const auto certificate = ledger::Certificate::from_der(opened.server_certificate).value();
    ledger::Revocation revocation;
    revocation.revocation_id = "REV-1";
    revocation.issued_at = support::Vendor::began;
    revocation.certificate_fingerprints = {certificate.fingerprint()};
    revocation.reason = "never used";
    made.maker.append(
        ledger::EventDraft{{}, ledger::RevocationImported{"REV-1", made.vendor.revocation_bin(revocation)}, {}});
    auto after = made.maker.rotation(2, made.new_key.public_key(), made.vendor);
    after.server_certificate = opened.server_certificate;
    made.append(std::move(after));
    made.expect(Refusal::rotation_certificate_revoked, kept + 1);
}

TEST_CASE("verify: unclaimed seats stay through a rotation, and so does the day from which they may be freed", "[L4]") {
    Made made;
    const ledger::Actor person{
        ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}};
    const auto lost = made.maker.opening(2, 100, 10, 5);
    REQUIRE(lost.unclaimed.size() == 1);
    made.maker.go_on_as(2);
    made.maker.append(ledger::EventDraft{person, lost, {}});
    made.maker.append(ledger::EventDraft{{}, ledger::ServerStarted{"1.0"}, {}});  // from here the days count
    const auto seat = made.maker.activation(5);
    made.maker.append_at(std::span(&seat, 1), support::Vendor::began + ledger::day * 26);
    auto rotated = made.maker.rotation(3, made.new_key.public_key(), made.vendor);
    rotated.unclaimed = lost.unclaimed;
    made.maker.go_on_with(std::move(made.new_key), made.vendor);
    made.maker.go_on_as(3);
    made.maker.append(ledger::EventDraft{person, rotated, {}});
    const ledger::EventDraft freed{person, ledger::UnclaimedFreed{{"L-1", 5}}, {}};
    const bool in_time = GENERATE(true, false);
    made.maker.append_at(std::span(&freed, 1), support::Vendor::began + ledger::day * (in_time ? 33 : 27));
    const auto report = made.audited();
    INFO(told(report));
    CHECK(report.findings.empty() == in_time);
    CHECK(report.findings.total() == (in_time ? 0 : 1));
}

TEST_CASE("verify: a key that was destroyed hands over to nobody", "[L7]") {
    Made made;
    const auto& suite = ledger::default_suite();
    made.maker.append(
        ledger::EventDraft{{}, ledger::KeyCleared{suite.hash(made.maker.server_key().public_key().spki())}, {}});
    made.append(made.maker.rotation(2, made.new_key.public_key(), made.vendor));
    made.expect(ledger::errc::incarnation_wrong, kept + 1);
}

TEST_CASE("verify: a licence for an earlier key stays good after the hand-over", "[L7]") {
    Made made;
    const auto terms = made.maker.terms("L-2", 5);
    made.append(made.hand_over());
    made.maker.append(ledger::EventDraft{{}, ledger::LicenseImported{"L-2", made.vendor.license_bin(terms)}, {}});
    const auto report = made.audited();
    INFO(told(report));
    CHECK(report.findings.empty());
}

TEST_CASE("verify: a hand-over that the vendor did not make is found, and so are the heads of the key that it names",
          "[L7]") {
    Made made;
    auto stated = made.reendorsement();
    auto opened = made.maker.hand_over(2, stated, made.vendor);
    std::error_code code = Refusal::reendorsement_malformed;
    SECTION("no re-endorsement at all, but some bytes") { opened.reendorsement = {1, 2, 3}; }
    SECTION("altered") {
        opened.reendorsement[opened.reendorsement.size() - 1] ^= 1;
        code = {};
    }
    SECTION("another vendor's") {
        support::Vendor other;
        opened.reendorsement = other.reendorsement_bin(stated);
        code = Refusal::reendorsement_issuer_unknown;
    }
    SECTION("of another server") {
        stated.server_id = std::string(32, 'a');
        stated.head->origin.server_id = stated.server_id;
        stated.server_certificate = made.vendor.certify_server(made.new_key.public_key(), stated.server_id).der();
        opened.reendorsement = made.vendor.reendorsement_bin(stated);
        opened.server_certificate = stated.server_certificate;
        code = Refusal::reendorsement_other_server;
    }
    SECTION("of another key") {
        stated.old_key = {};
        opened.reendorsement = made.vendor.reendorsement_bin(stated);
        code = Refusal::reendorsement_other_key;
    }
    SECTION("for another new key than the event's") {
        const auto other = ledger::PrivateKey::generate();
        opened.reendorsement = made.vendor.reendorsement_bin(made.maker.reendorsement(other.public_key(), made.vendor));
        code = Refusal::reendorsement_certificate_wrong;
    }
    SECTION("of a longer log") {
        stated.head->head.size = {kept + 1};
        opened.reendorsement = made.vendor.reendorsement_bin(stated);
        code = Refusal::reendorsement_head_missing;
    }
    made.append(std::move(opened));
    if (code) made.expect(code);
    const auto report = made.audited();
    INFO(told(report));
    CHECK(find(report, ledger::errc::unknown_key) != nullptr);
}

TEST_CASE("verify: a hand-over of another history is found", "[L3]") {
    Made made;
    auto stated = made.reendorsement();
    stated.head->head.root = {};
    made.append(made.maker.hand_over(2, stated, made.vendor));
    made.expect(Refusal::reendorsement_head_differs);
    CHECK(made.audited().findings.total() == 1);
}

TEST_CASE("verify: a key that takes over without a hand-over is found at its first head", "[L7]") {
    Made made;
    made.maker.go_on_with(std::move(made.new_key), made.vendor);
    made.maker.append(made.maker.activation(5));
    const auto report = made.audited();
    INFO(told(report));
    const Finding* finding = find(report, ledger::errc::unknown_key);
    REQUIRE(finding != nullptr);
    CHECK(finding->events == EventRange{{kept}, {kept}});
}

TEST_CASE("verify: what the lost key signs after the hand-over is found", "[L3]") {
    Made made;
    const auto opened = made.hand_over();
    made.maker.go_on_as(2);  // the event is the vendor's, its head the lost key's
    made.maker.append(ledger::EventDraft{{}, opened, {}});
    const auto report = made.audited();
    INFO(told(report));
    const Finding* finding = find(report, ledger::errc::unknown_key);
    REQUIRE(finding != nullptr);
    CHECK(finding->events == EventRange{{kept}, {kept}});
}

TEST_CASE("verify: unclaimed seats of a hand-over follow from what it says is known", "[L4]") {
    Made made;
    auto opened = made.hand_over();
    SECTION("nothing is missing, so nothing is unclaimed") {
        opened.unclaimed = {{"L-1", 1}};
        made.append(opened);
        made.expect(projections::errc::unclaimed_seats_wrong);
    }
    SECTION("restored: all that is left") {
        opened.known_head = opened.kept_head;
        opened.unclaimed = {{"L-1", 15}};
        made.maker.go_on_with(std::move(made.new_key), made.vendor);
        made.maker.go_on_as(2);
        made.maker.append(ledger::EventDraft{{}, std::move(opened), {}});
        const auto report = made.audited();
        INFO(told(report));
        CHECK(report.findings.empty());
        CHECK(report.unclaimed == 15);
    }
}

TEST_CASE("verify: nothing follows the last word of a key but a hand-over", "[L7]") {
    Made made;
    const auto& suite = ledger::default_suite();
    const ledger::KeyCleared last_word{suite.hash(made.maker.server_key().public_key().spki())};
    SECTION("which is sound") {
        made.maker.append(ledger::EventDraft{{}, last_word, {}});
        CHECK(made.audited().findings.empty());
        made.append(made.hand_over());
        const auto report = made.audited();
        INFO(told(report));
        CHECK(report.findings.empty());
    }
    SECTION("a seat") {
        made.maker.append(ledger::EventDraft{{}, last_word, {}});
        made.maker.append(made.maker.activation(5));
        made.expect(ledger::errc::incarnation_wrong, kept + 1);
    }
    SECTION("a recovery") {
        made.maker.append(ledger::EventDraft{{}, last_word, {}});
        auto opened = made.maker.opening(2, 100, 5, 5);
        made.maker.go_on_as(2);
        made.maker.append(ledger::EventDraft{{}, std::move(opened), {}});
        made.expect(ledger::errc::incarnation_wrong, kept + 1);
    }
    SECTION("and it names the key that signs it") {
        made.maker.append(ledger::EventDraft{{}, ledger::KeyCleared{}, {}});
        made.expect(errc::server_key_differs);
    }
}
