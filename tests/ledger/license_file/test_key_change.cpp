// A log is lost under a later key than the server's first: what the anchor says of the keys, and the certificate of the
// one that goes on.

#include "ledger/core/incarnation.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/key_change.hpp"
#include "ledger/license_file/license_request.hpp"
#include "tests/ledger/license_file/vendor.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;

namespace {

constexpr std::uint32_t opens = 6;

struct Fixture {
    support::Vendor vendor;
    support::Customer customer{vendor};
    PrivateKey second = PrivateKey::generate();
    PrivateKey third = PrivateKey::generate();
    const Suite& suite = default_suite();
    Certificate certificate = certified(third.public_key());

    /// The first key signed under 1 and 2, the second under 3, the third from 4 on.
    Anchor anchor = {.origin = {customer.server_id, opens - 1},
                     .counter = 9,
                     .head = {{100}, suite.hash(as_bytes("root"))},
                     .device_salt = {},
                     .keys = {{1, 1, customer.key.public_key().compressed(), {}},
                              {2, 3, second.public_key().compressed(), {}},
                              {3, 4, third.public_key().compressed(), {}}},
                     .licenses = {}};

    [[nodiscard]] Certificate certified(const PublicKey& key) const {
        return issue_server_certificate(vendor.root, vendor.root_key, key, customer.server_id);
    }
    [[nodiscard]] std::string anchor_note(PrivateKey& key) {
        return std::string(as_text(sign_anchor(suite, anchor, key).value()));
    }
    [[nodiscard]] Event event(std::uint64_t number, EventBody body) const {
        return {{number}, support::license_made_at, Origin{customer.server_id, opens}.text(), {}, {}, std::move(body)};
    }
    [[nodiscard]] Event opening() {
        return event(1, IncarnationOpened{.incarnation = opens,
                                          .reason = IncarnationOpened::Reason::log_lost,
                                          .kept_head = {},
                                          .known_head = anchor_note(third),
                                          .unclaimed = {},
                                          .server_certificate = certificate.der()});
    }
    [[nodiscard]] KeyEpochs before() const {
        LedgerCreated created;
        created.server_id = customer.server_id;
        created.public_key = customer.key.public_key().spki();
        KeyEpochs epochs;
        epochs.apply(event(0, created));
        return epochs;
    }
    [[nodiscard]] std::string judged(const Event& opened) {
        const auto result = verify_key_change(opened, before(), vendor.root);
        if (result) return "(accepted)";
        for (const Language language : {Language::english, Language::chinese}) {
            CHECK(result.error().sentence(language).find('{') == std::string::npos);
        }
        return std::string(result.error().stable_code());
    }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "key epochs: after a lost log each key that the anchor names signs for its own incarnations",
                 "[recovery][L7]") {
    REQUIRE(judged(opening()) == "(accepted)");
    KeyEpochs epochs = before();
    epochs.apply(opening());
    REQUIRE(epochs.all().size() == 3);
    CHECK(epochs.present().number == 3);
    CHECK(epochs.present().key == third.public_key());
    CHECK(epochs.present().certificate == certificate.der());
    CHECK(epochs.spkis().size() == 3);
    const auto good = [&](PrivateKey& key, std::uint32_t incarnation) {
        const Checkpoint head{{customer.server_id, incarnation}, {{1}, {}}};
        const auto note = SignedNote::parse(sign_note(suite, head.body(), head.origin.text(), key).value());
        return epochs.verify(suite, note.value(), head.origin).has_value();
    };
    const auto signs = [&](PrivateKey& key) {
        std::vector<std::uint32_t> under;
        for (std::uint32_t incarnation = 1; incarnation <= opens + 1; ++incarnation) {
            if (good(key, incarnation)) under.push_back(incarnation);
        }
        return under;
    };
    // A key that was given up, and perhaps stolen since, makes no file of a later time.
    CHECK(signs(customer.key) == std::vector<std::uint32_t>{1, 2});
    CHECK(signs(second) == std::vector<std::uint32_t>{3});
    CHECK(signs(third) == std::vector<std::uint32_t>{4, 5, 6, 7});
    PrivateKey stranger = PrivateKey::generate();
    CHECK(signs(stranger).empty());

    Anchor again;
    epochs.name_in(again);
    CHECK(again.keys == anchor.keys);
}

TEST_CASE_METHOD(Fixture, "a lost log under a later key: what does not fit the anchor or the vendor is refused",
                 "[recovery][L7]") {
    CHECK(judged(opening()) == "(accepted)");
    const std::string wrong = "lost-log-certificate-wrong";
    SECTION("the certificate is for another server") {
        certificate = issue_server_certificate(vendor.root, vendor.root_key, third.public_key(),
                                               derive_server_id(suite, second.public_key()));
        CHECK(judged(opening()) == wrong);
    }
    SECTION("it is another vendor's") {
        const support::Vendor other;
        certificate = issue_server_certificate(other.root, other.root_key, third.public_key(), customer.server_id);
        CHECK(judged(opening()) == wrong);
    }
    SECTION("it is for another purpose") {
        certificate = vendor.issuer;
        CHECK(judged(opening()) == wrong);
    }
    SECTION("its key did not sign the anchor") {
        certificate = certified(second.public_key());
        CHECK(judged(opening()) == wrong);
    }
    SECTION("the anchor names one key alone") {
        anchor.keys = {{1, 1, third.public_key().compressed(), {}}};
        CHECK(judged(opening()) == wrong);
    }
    SECTION("the anchor's first key is not event 0's") {
        anchor.keys.front().key = PrivateKey::generate().public_key().compressed();
        CHECK(judged(opening()) == wrong);
    }
    SECTION("one of its keys is no point of the curve") {
        anchor.keys[1].key.fill(0xff);
        CHECK(judged(opening()) == wrong);
    }
    SECTION("it is of the first version, which has digests") {
        anchor.keys = {{1, 1, {}, suite.hash(customer.key.public_key().spki())},
                       {2, 1, {}, suite.hash(third.public_key().spki())}};
        CHECK(judged(opening()) == wrong);
    }
}

TEST_CASE_METHOD(Fixture,
                 "licences after a lost log: those that the anchor calls live are good whichever key they name",
                 "[recovery][license]") {
    LicenseTerms terms = customer.terms();
    const auto judge = [&](std::vector<Digest> anchored) {
        const auto license =
            verify_license(make_license(terms, {vendor.issuer}, vendor.issuer_key).value(), vendor.root);
        REQUIRE(license);
        LicenseFacts there;
        there.server_id = customer.server_id;
        there.server_keys = {third.public_key().spki()};  // the key that the licence names is forgotten
        there.anchored = std::move(anchored);
        const auto taken = check_license_for_server(*license, there);
        return taken ? "(accepted)" : std::string(taken.error().stable_code());
    };
    CHECK(judge({}) == "license-other-server-key");
    CHECK(judge({{}, suite.hash(as_bytes(license_terms_json(terms)))}) == "(accepted)");
    const Digest before = suite.hash(as_bytes(license_terms_json(terms)));
    terms.quantity += 1;
    CHECK(judge({before}) == "license-other-server-key");
}
