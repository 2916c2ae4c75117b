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
        made.append(std::move(opened));
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
