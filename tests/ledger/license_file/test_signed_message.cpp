#include "ledger/core/der.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/license_file/signed_message.hpp"
#include "tests/ledger/license_file/vendor.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ledger;

namespace {

constexpr std::size_t limit = 60'000;

struct Fixture {
    support::Vendor vendor;
    Bytes content = copy(as_bytes("what is signed\n"));

    [[nodiscard]] Bytes good() {
        return sign_message(content, {vendor.issuer}, vendor.issuer_key, support::license_made_at).value().der();
    }
};

/// The real openssl with an issuer's key at hand, to make what our own writer never makes.
struct OpenSsl : Fixture {
    OpenSsl() {
        folder.write("content", content);
        folder.write("issuer.crt", vendor.issuer.pem());
        folder.write("issuer.key", vendor.issuer_key.pem("long enough"));
        folder.write("root.crt", vendor.root.pem());
    }
    /// @return whether openssl accepts what it made, and whether we do.
    void made_by(const std::string& options) {
        const std::string in = "cd " + support::quoted(folder.path().string()) + " && ";
        const auto made = support::run(in +
                                       "openssl cms -sign -binary -in content -signer issuer.crt -inkey issuer.key "
                                       "-passin 'pass:long enough' -outform DER -out made " +
                                       options);
        INFO(made.output);
        REQUIRE(made.exit_code == 0);
        const auto verified = support::run(in +
                                           "openssl cms -verify -binary -inform DER -in made -content content "
                                           "-certfile issuer.crt -CAfile root.crt -out /dev/null");
        INFO(verified.output);
        CHECK(verified.exit_code == 0);
        CHECK_FALSE(SignedMessage::parse(as_bytes(folder.read("made")), limit));
    }

    support::TemporaryFolder folder;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "message: signed, taken apart, verified", "[cms]") {
    const Bytes der = good();
    const auto message = SignedMessage::parse(der, limit);
    REQUIRE(message);
    CHECK(message->content == content);
    CHECK(message->signing_time == support::license_made_at);
    CHECK(message->chain.size() == 1);
    CHECK(message->chain.front().der() == vendor.issuer.der());
    CHECK(message->der() == der);
    CHECK(message->verify_signature());
}

TEST_CASE_METHOD(Fixture, "message: a signing time after 2049 changes its type, and is read", "[cms]") {
    const Timestamp late{3'000'000'000'000'000};
    const auto message = sign_message(content, {vendor.issuer}, vendor.issuer_key, late);
    REQUIRE(message);
    const auto read = SignedMessage::parse(message->der(), limit);
    REQUIRE(read);
    CHECK(read->signing_time == late);
    CHECK(read->verify_signature());
}

TEST_CASE_METHOD(Fixture, "message: every changed field breaks the signature", "[cms]") {
    auto message = SignedMessage::parse(good(), limit).value();
    SECTION("content") { message.content.push_back('x'); }
    SECTION("digest") { message.content_digest.bytes[0] ^= 1; }
    SECTION("signing time") { message.signing_time = message.signing_time + second; }
    SECTION("signature") { message.signature.back() ^= 1; }
    SECTION("certificate") {
        PrivateKey other = PrivateKey::generate();
        message.chain = {vendor.certificate(Purpose::license_issuer, other)};
    }
    const auto verified = message.verify_signature();
    REQUIRE_FALSE(verified);
    CHECK(verified.error().code == errc::bad_signature);
}

TEST_CASE_METHOD(Fixture, "message refused: too large, cut off, something behind it", "[cms][refusal]") {
    Bytes der = good();
    CHECK(SignedMessage::parse(der, der.size() - 1).error().code == errc::too_large);
    for (std::size_t length = 0; length < der.size(); length += 7) {
        CAPTURE(length);
        REQUIRE_FALSE(SignedMessage::parse(ByteView(der).first(length), limit));
    }
    der.push_back(0);
    CHECK_FALSE(SignedMessage::parse(der, limit));
}

TEST_CASE_METHOD(Fixture, "message refused: certificates that are not the signer's chain", "[cms][refusal]") {
    auto message = SignedMessage::parse(good(), limit).value();
    SECTION("a stranger's beside it") {
        PrivateKey other = PrivateKey::generate();
        message.chain.push_back(vendor.certificate(Purpose::package_signer, other));
    }
    SECTION("the same twice") { message.chain.push_back(vendor.issuer); }
    CHECK_FALSE(SignedMessage::parse(message.der(), limit));
}

TEST_CASE_METHOD(OpenSsl, "message refused: other shapes that openssl accepts", "[cms][openssl][refusal]") {
    SECTION("detached content") { made_by(""); }
    SECTION("with S/MIME capabilities") { made_by("-nodetach"); }
    SECTION("without signed attributes") { made_by("-nodetach -noattr"); }
    SECTION("without certificates") { made_by("-nodetach -nosmimecap -nocerts"); }
    SECTION("with the root among the certificates") { made_by("-nodetach -nosmimecap -certfile root.crt"); }
    SECTION("with a key identifier for the signer") { made_by("-nodetach -nosmimecap -keyid"); }
    SECTION("with SHA-512") { made_by("-nodetach -nosmimecap -md sha512"); }
    SECTION("in indefinite-length BER") { made_by("-nodetach -nosmimecap -stream"); }
    SECTION("with two signers") {
        PrivateKey other = PrivateKey::generate();
        folder.write("second.crt", vendor.certificate(Purpose::license_issuer, other).pem());
        folder.write("second.key", other.pem("long enough"));
        made_by("-nodetach -nosmimecap -signer second.crt -inkey second.key");
    }
}

TEST_CASE_METHOD(OpenSsl, "message: openssl, asked for the same shape, writes what we accept", "[cms][openssl]") {
    // The writer here is not ours: both agree on the format.
    const auto made =
        support::run("cd " + support::quoted(folder.path().string()) +
                     " && openssl cms -sign -binary -nodetach -nosmimecap -md sha256 -in content -signer issuer.crt "
                     "-inkey issuer.key -passin 'pass:long enough' -outform DER -out made");
    INFO(made.output);
    REQUIRE(made.exit_code == 0);
    const auto message = SignedMessage::parse(as_bytes(folder.read("made")), limit);
    REQUIRE(message);
    CHECK(message->content == content);
    CHECK(message->verify_signature());
}

TEST_CASE("private key: PEM is encrypted, and opens with its passphrase alone", "[key]") {
    const PrivateKey key = PrivateKey::generate();
    const std::string pem = key.pem("correct horse");
    const auto opened = PrivateKey::from_pem(pem, "correct horse");
    REQUIRE(opened);
    CHECK(opened->public_key().spki() == key.public_key().spki());
    const auto code = [&](std::string_view text, std::string_view passphrase) {
        return std::string(PrivateKey::from_pem(text, passphrase).error().stable_code());
    };
    CHECK(code(pem, "wrong") == "vendor-key-passphrase-wrong");
    CHECK(code(pem, "") == "vendor-key-passphrase-wrong");
    CHECK(code("", "correct horse") == "vendor-key-malformed");
    CHECK(code(pem.substr(0, 80), "correct horse") == "vendor-key-malformed");
    const auto plain = support::run("openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt");
    CHECK(code(plain.output, "correct horse") == "vendor-key-malformed");
    const auto p384 = support::run(
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 | openssl pkcs8 -topk8 "
        "-passout 'pass:correct horse'");
    CHECK(code(p384.output, "correct horse") == "vendor-key-malformed");
}
