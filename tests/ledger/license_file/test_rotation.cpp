// A key that hands over to the next one: note, request, certificate, and the event that holds them.

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/key_change.hpp"
#include "ledger/license_file/license_request.hpp"
#include "ledger/license_file/reendorsement_request.hpp"
#include "ledger/license_file/rotation.hpp"
#include "ledger/license_file/rotation_request.hpp"
#include "tests/ledger/license_file/vendor.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ledger;

namespace {

struct Fixture {
    support::Vendor vendor;
    support::Customer customer{vendor};
    PrivateKey next = PrivateKey::generate();
    const Suite& suite = default_suite();
    Certificate certificate =
        issue_server_certificate(vendor.root, vendor.root_key, next.public_key(), customer.server_id);
    Checkpoint head{{customer.server_id, 1}, {{17}, suite.hash(as_bytes("root"))}};

    [[nodiscard]] Digest digest_of(const PrivateKey& key) const { return suite.hash(key.public_key().spki()); }
    [[nodiscard]] KeyHandOver hand_over() const { return {head, digest_of(customer.key), digest_of(next)}; }
    [[nodiscard]] std::string note() { return sign_hand_over(suite, hand_over(), customer.key).value(); }
    [[nodiscard]] std::string note_of(const KeyHandOver& stated) {
        return sign_note(suite, stated.body(), stated.head.origin.text(), customer.key).value();
    }
    [[nodiscard]] HandOverFacts facts() const {
        return {customer.server_id, customer.key.public_key(), next.public_key()};
    }
    [[nodiscard]] RotationFacts rotation_facts() const {
        return {customer.server_id, {customer.key.public_key().spki()}, {}, support::license_made_at};
    }
    template <class T>
    [[nodiscard]] static std::string code(const Result<T>& result) {
        if (result) return "(accepted)";
        for (const Language language : {Language::english, Language::chinese}) {
            CHECK(result.error().sentence(language).find('{') == std::string::npos);
        }
        return std::string(result.error().stable_code());
    }

    [[nodiscard]] KeyEpochs before() const {
        LedgerCreated created;
        created.server_id = customer.server_id;
        created.public_key = customer.key.public_key().spki();
        KeyEpochs epochs;
        epochs.apply({{0}, {}, head.origin.text(), {}, {}, created});
        return epochs;
    }
    [[nodiscard]] Event event() {
        IncarnationOpened opened;
        opened.incarnation = 2;
        opened.reason = IncarnationOpened::Reason::rotated;
        opened.kept_head = sign_note(suite, head.body(), head.origin.text(), customer.key).value();
        opened.server_certificate = certificate.der();
        opened.hand_over = note();
        return {{17}, support::license_made_at, Origin{customer.server_id, 2}.text(), {}, {}, std::move(opened)};
    }
    [[nodiscard]] std::string judged(const Event& rotated) const {
        return code(verify_key_change(rotated, before(), vendor.root));
    }
};

IncarnationOpened& opened_of(Event& event) { return std::get<IncarnationOpened>(event.body); }

}  // namespace

TEST_CASE_METHOD(Fixture, "hand-over: the note has one spelling, and no other note passes for it", "[rotation]") {
    const std::string body = hand_over().body();
    const auto parsed = KeyHandOver::parse_body(body);
    REQUIRE(parsed);
    CHECK(parsed->body() == body);
    CHECK(parsed->head.head == head.head);
    CHECK(parsed->next == digest_of(next));
    CHECK(note().size() < 512);
    REQUIRE(SignedHandOver::parse(note()));
    CHECK(SignedHandOver::parse(note())->verify(suite, customer.key.public_key()));
    CHECK(SignedHandOver::parse(note())->verify(suite, next.public_key()).error().code == errc::unknown_key);

    // Neither is the other.
    CHECK(code(Checkpoint::parse_body(body)) == "checkpoint-malformed");
    CHECK_FALSE(KnownHead::parse(note()));
    CHECK(code(KeyHandOver::parse_body(head.body())) == "hand-over-malformed");
    CHECK(code(SignedHandOver::parse(std::string(hand_over_bytes_max + 1, 'a'))) == "too-large");

    // Every change of a character is found, and every cut.
    for (std::size_t at = 0; at < body.size(); ++at) {
        CAPTURE(at);
        std::string bad = body;
        bad[at] = bad[at] == ' ' ? '\n' : ' ';
        CHECK_FALSE(KeyHandOver::parse_body(bad));
        CHECK_FALSE(KeyHandOver::parse_body(body.substr(0, at)));
    }
    CHECK_FALSE(KeyHandOver::parse_body(body + "\n"));
    CHECK_FALSE(KeyHandOver::parse_body(body + "key x\n"));
    KeyHandOver nothing = hand_over();
    nothing.head.head.size = {0};
    CHECK_FALSE(KeyHandOver::parse_body(nothing.body()));
    std::string same = body;
    same.replace(same.find("next ") + 5, 44, base64_encode(hand_over().key.view()));
    CHECK_FALSE(KeyHandOver::parse_body(same));

    SignedHandOver twice = SignedHandOver::parse(note()).value();
    twice.note.signatures.push_back(twice.note.signatures.front());
    twice.note.signatures.back().key_id[0] ^= 1;
    CHECK(code(SignedHandOver::parse(twice.note.text())) == "hand-over-malformed");
}

TEST_CASE_METHOD(Fixture, "rotation request: signed by both keys, and by nobody else", "[rotation]") {
    const std::string req = make_rotation_request(note(), next).value();
    const auto read = verify_rotation_request(req);
    REQUIRE(read);
    CHECK(read->server_id == customer.server_id);
    CHECK(read->next_key == next.public_key());
    CHECK(read->hand_over.verify(suite, customer.key.public_key()));
    CHECK(is_rotation_request(req));
    CHECK_FALSE(is_reendorsement_request(req));
    CHECK(req.size() <= rotation_request_bytes_max);

    const std::string licence = make_license_request({customer.server_id, "vdi", 5}, next).value();
    CHECK_FALSE(is_rotation_request(licence));
    CHECK(code(verify_rotation_request(licence)) == "request-malformed");
    CHECK(code(verify_license_request(req)) == "request-malformed");
    CHECK(code(verify_rotation_request(req + " ")) == "request-malformed");
    CHECK(code(verify_rotation_request(std::string(rotation_request_bytes_max + 1, 'a'))) == "too-large");
    for (std::size_t at = 40; at < req.size() - 40; at += 5) {
        std::string bad = req;
        bad[at] = bad[at] == 'A' ? 'B' : 'A';
        CAPTURE(at);
        CHECK_FALSE(verify_rotation_request(bad));
    }
    support::TemporaryFolder folder;
    folder.write("a.req", req);
    const auto openssl =
        support::run("openssl req -verify -noout -in " + support::quoted((folder.path() / "a.req").string()) + " 2>&1");
    CHECK(openssl.exit_code == 0);
}

TEST_CASE_METHOD(Fixture,
                 "rotation: the next key's certificate is the vendor's, for this server, and never came before",
                 "[rotation][L7]") {
    CHECK(check_next_certificate(certificate, vendor.root, rotation_facts()).value() == next.public_key());
    const auto refusal = [&](const Certificate& other, const RotationFacts& facts) {
        return code(check_next_certificate(other, vendor.root, facts));
    };
    const support::Vendor stranger;
    CHECK(refusal(issue_server_certificate(stranger.root, stranger.root_key, next.public_key(), customer.server_id),
                  rotation_facts()) == "rotation-certificate-wrong");
    CHECK(refusal(vendor.certificate(Purpose::license_issuer, next), rotation_facts()) == "rotation-certificate-wrong");
    CHECK(refusal(vendor.root, rotation_facts()) == "rotation-certificate-wrong");
    CHECK(refusal(issue_server_certificate(vendor.root, vendor.root_key, next.public_key(), std::string(32, 'a')),
                  rotation_facts()) == "rotation-other-server");
    RotationFacts facts = rotation_facts();
    facts.server_keys.insert(facts.server_keys.begin(), next.public_key().spki());
    CHECK(refusal(certificate, facts) == "rotation-key-known");
    facts = rotation_facts();
    facts.given_up = {default_suite().hash(next.public_key().spki())};
    CHECK(refusal(certificate, facts) == "rotation-key-known");
    facts = rotation_facts();
    facts.revoked_certificates = {{certificate.fingerprint(), "REV-1"}};
    CHECK(refusal(certificate, facts) == "rotation-certificate-revoked");
}

TEST_CASE_METHOD(Fixture, "rotation: the note is by this ledger's key, to the certificate's, at its server",
                 "[rotation][L7]") {
    REQUIRE(check_hand_over_note(note(), facts()));
    const auto refusal = [&](std::string_view text) { return code(check_hand_over_note(text, facts())); };
    CHECK(refusal("") == "rotation-note-malformed");
    CHECK(refusal(head.body()) == "rotation-note-malformed");
    KeyHandOver stated = hand_over();
    stated.head.origin.server_id = std::string(32, 'a');
    CHECK(refusal(note_of(stated)) == "rotation-other-server");
    stated = hand_over();
    stated.key = {};
    CHECK(refusal(note_of(stated)) == "rotation-other-key");
    stated = hand_over();
    stated.next = {};
    CHECK(refusal(note_of(stated)) == "rotation-other-next-key");
    // The next key cannot say it of itself, and nobody in the present one's name.
    CHECK(refusal(sign_note(suite, hand_over().body(), head.origin.text(), next).value()) == "rotation-signature-bad");
    SignedHandOver forged = SignedHandOver::parse(note()).value();
    forged.hand_over.head.head.size = {18};
    forged.note.body = forged.hand_over.body();
    CHECK(refusal(forged.note.text()) == "rotation-signature-bad");
}

TEST_CASE_METHOD(Fixture, "rotation: an event is judged by what stands in it", "[rotation][L7]") {
    Event bad = event();
    CHECK(judged(bad) == "(accepted)");
    const auto stored = encode_event(bad);
    REQUIRE(stored);
    CHECK(decode_event(*stored).value() == bad);

    SECTION("another head than the one that was kept") {
        head.head.size = {16};
        opened_of(bad).hand_over = note();
        CHECK(judged(bad) == "rotation-head-differs");
    }
    SECTION("a certificate that is none") {
        opened_of(bad).server_certificate = {1, 2, 3};
        CHECK(judged(bad) == "rotation-certificate-wrong");
    }
    SECTION("over another key") {
        next = PrivateKey::generate();
        opened_of(bad).server_certificate =
            issue_server_certificate(vendor.root, vendor.root_key, next.public_key(), customer.server_id).der();
        CHECK(judged(bad) == "rotation-other-next-key");
    }
    SECTION("altered, or by another key") {
        opened_of(bad).hand_over = sign_note(suite, hand_over().body(), head.origin.text(), next).value();
        CHECK(judged(bad) == "rotation-signature-bad");
    }
    SECTION("another server's origin") {
        bad.origin = std::string(32, 'a') + "/2";
        CHECK(judged(bad) == "rotation-other-server");
    }
}

TEST_CASE_METHOD(Fixture, "key epochs: a rotation begins one as a re-endorsement does", "[rotation][L7]") {
    KeyEpochs epochs = before();
    epochs.apply(event());
    REQUIRE(epochs.all().size() == 2);
    CHECK(epochs.present().key == next.public_key());
    const auto by = [&](std::uint32_t incarnation, PrivateKey& key) {
        const Checkpoint stated{{customer.server_id, incarnation}, {{20}, {}}};
        const auto signed_note = SignedNote::parse(sign_note(suite, stated.body(), stated.origin.text(), key).value());
        return epochs.verify(suite, signed_note.value(), stated.origin).has_value();
    };
    CHECK(by(1, customer.key));
    CHECK_FALSE(by(2, customer.key));
    CHECK(by(2, next));
    CHECK_FALSE(by(1, next));
}
