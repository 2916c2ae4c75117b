#include <algorithm>

#include "ledger/core/der.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/signed_message.hpp"
#include "tests/ledger/license_file/vendor.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ledger;
using license_file_errc = license_file::errc;

namespace {

std::string fact(const Error& error, std::string_view name) {
    for (const Fact& f : error.facts) {
        if (f.name == name) return f.value;
    }
    return "(no fact " + std::string(name) + ")";
}

/// Every fact that the sentences name is there, in both languages.
void check_sentences(const Error& error) {
    for (const Language language : {Language::english, Language::chinese}) {
        CAPTURE(error.sentence(language), error.remedy(language));
        CHECK(error.sentence(language).find('{') == std::string::npos);
        CHECK(error.remedy(language).find('{') == std::string::npos);
    }
}

struct Fixture {
    support::Vendor vendor;
    support::Customer customer{vendor};

    [[nodiscard]] Bytes license(const LicenseTerms& terms) {
        return make_license(terms, {vendor.issuer}, vendor.issuer_key).value();
    }
    /// A .lic over any text, correctly signed, whatever it says.
    [[nodiscard]] Bytes license_over(std::string_view text, const Certificate& issuer, PrivateKey& key,
                                     Timestamp at = support::license_made_at) {
        const auto message = sign_message(as_bytes(text), {issuer}, key, at).value();
        return write_license_archive({message.der(), copy(as_bytes(text))});
    }
    [[nodiscard]] Error refusal(ByteView lic, const LicenseFacts& facts) const {
        const auto judged = judge_license(lic, vendor.root, facts);
        REQUIRE_FALSE(judged);
        check_sentences(judged.error());
        return judged.error();
    }
    [[nodiscard]] Error refusal(ByteView lic) const { return refusal(lic, customer.facts()); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "licence: what the issuer wrote is what the server reads", "[license]") {
    const auto terms = customer.terms();
    const Bytes lic = license(terms);
    const auto judged = judge_license(lic, vendor.root, customer.facts());
    REQUIRE(judged);
    CHECK(judged->terms == terms);
    CHECK(judged->issuer_chain.front().der() == vendor.issuer.der());
    CHECK(judged->server_certificate.der() == customer.certificate.der());
    // What an event keeps is enough to judge it again.
    const auto again = verify_license_bin(judged->license_bin, vendor.root);
    REQUIRE(again);
    CHECK(again->terms == terms);
}

TEST_CASE_METHOD(Fixture, "licence: stock openssl accepts license.bin under the root, and prints info", "[license]") {
    const support::TemporaryFolder folder;
    const Bytes lic = license(customer.terms());
    folder.write("a.lic", lic);
    folder.write("root.pem", vendor.root.pem());
    const std::string in = "cd " + support::quoted(folder.path().string()) + " && ";
    REQUIRE(support::run(in + "unzip -qq a.lic 2>/dev/null || python3 -m zipfile -e a.lic .").exit_code == 0);
    const auto verified = support::run(in +
                                       "openssl cms -verify -CAfile root.pem -inform DER -in license.bin -out content "
                                       "-attime 1772323200 && cmp content info");
    INFO(verified.output);
    CHECK(verified.exit_code == 0);
    // A changed byte is noticed by openssl too: the check above can fail.
    Bytes changed = read_license_archive(lic)->license_bin;
    const std::string text(as_text(changed));
    changed[text.find("LIC-2026")] ^= 1;
    folder.write("changed.bin", changed);
    const std::string verify = "openssl cms -verify -CAfile root.pem -inform DER -in changed.bin -attime 1772323200";
    CHECK(support::run(in + verify).exit_code != 0);
}

TEST_CASE_METHOD(Fixture, "licence refused: info differs from license.bin", "[license][refusal]") {
    auto archive = read_license_archive(license(customer.terms())).value();
    std::string info(as_text(archive.info));
    info.replace(info.find("100"), 3, "999");
    archive.info = copy(as_bytes(info));
    const Error error = refusal(write_license_archive(archive));
    CHECK(error.stable_code() == "license-info-differs");
    CHECK(error.remedy(Language::english).find("No editing of the archive is ever needed") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "licence refused: license.bin exchanged for another licence's", "[license][refusal]") {
    auto archive = read_license_archive(license(customer.terms())).value();
    auto other = customer.terms();
    other.quantity = 200;
    archive.license_bin = read_license_archive(license(other))->license_bin;
    CHECK(refusal(write_license_archive(archive)).stable_code() == "license-info-differs");
}

TEST_CASE_METHOD(Fixture, "licence refused: bad signature", "[license][refusal]") {
    auto archive = read_license_archive(license(customer.terms())).value();
    const auto changed_at = [&](std::size_t at) {
        auto copy_of = archive;
        copy_of.license_bin[at] ^= 1;
        return refusal(write_license_archive(copy_of));
    };
    const std::string text(as_text(archive.license_bin));
    SECTION("a changed content") {
        const Error error = changed_at(text.find("LIC-2026"));
        CHECK(error.code == license_file_errc::license_signature_bad);
        CHECK(error.stable_code() == "license-signature-bad");
        CHECK(fact(error, "issuer") == "CN=Test license-issuer");
        CHECK(fact(error, "issuer_fingerprint") == hex_encode(vendor.issuer.fingerprint().view()));
    }
    SECTION("a changed signature value") {
        CHECK(changed_at(text.size() - 1).code == license_file_errc::license_signature_bad);
    }
    SECTION("another issuer's signature over the same text") {
        PrivateKey other = PrivateKey::generate();
        auto message = SignedMessage::parse(archive.license_bin, license_bin_bytes_max).value();
        const auto forged = sign_message(message.content, {vendor.certificate(Purpose::license_issuer, other)}, other,
                                         message.signing_time);
        message.signature = forged->signature;
        archive.license_bin = message.der();
        CHECK(refusal(write_license_archive(archive)).code == license_file_errc::license_signature_bad);
    }
}

TEST_CASE_METHOD(Fixture, "licence: every single changed byte of license.bin is refused", "[license][refusal]") {
    const auto archive = read_license_archive(license(customer.terms())).value();
    for (std::size_t i = 0; i < archive.license_bin.size(); i += 3) {
        Bytes changed = archive.license_bin;
        changed[i] ^= 1;
        CAPTURE(i);
        REQUIRE_FALSE(verify_license_bin(changed, vendor.root));
    }
}

TEST_CASE_METHOD(Fixture, "licence refused: license.bin is not a signed message", "[license][refusal]") {
    auto archive = read_license_archive(license(customer.terms())).value();
    SECTION("text") { archive.license_bin = copy(as_bytes("{}")); }
    SECTION("empty") { archive.license_bin.clear(); }
    SECTION("cut off") { archive.license_bin.pop_back(); }
    SECTION("something behind it") { archive.license_bin.push_back(0); }
    const Error error = refusal(write_license_archive(archive));
    CHECK(error.stable_code() == "license-bin-malformed");
}

TEST_CASE_METHOD(Fixture, "licence refused: unknown issuer", "[license][refusal]") {
    support::Vendor stranger;
    const Bytes lic = make_license(customer.terms(), {stranger.issuer}, stranger.issuer_key).value();
    const Error error = refusal(lic);
    CHECK(error.stable_code() == "license-issuer-unknown");
    CHECK(fact(error, "issuer") == "CN=Test license-issuer");
    CHECK(fact(error, "root_fingerprint") == hex_encode(vendor.root.fingerprint().view()));
}

TEST_CASE_METHOD(Fixture, "licence refused: a certificate without the right purpose", "[license][refusal]") {
    const std::string text = license_terms_json(customer.terms());
    SECTION("a server's key cannot issue a licence") {
        const Error error = refusal(license_over(text, customer.certificate, customer.key));
        CHECK(error.stable_code() == "license-issuer-wrong-purpose");
        CHECK(fact(error, "issuer") == "CN=" + customer.server_id);
    }
    SECTION("nor can a package signer") {
        PrivateKey key = PrivateKey::generate();
        const Error error = refusal(license_over(text, vendor.certificate(Purpose::package_signer, key), key));
        CHECK(error.stable_code() == "license-issuer-wrong-purpose");
    }
    SECTION("nor a recovery signer") {
        PrivateKey key = PrivateKey::generate();
        const Error error = refusal(license_over(text, vendor.certificate(Purpose::recovery_signer, key), key));
        CHECK(error.stable_code() == "license-issuer-wrong-purpose");
    }
}

TEST_CASE_METHOD(Fixture, "licence: certificates are judged at the issue time", "[license][refusal]") {
    PrivateKey key = PrivateKey::generate();
    const Validity march_2026{support::license_made_at, support::license_made_at + day * 30};
    const Certificate short_lived = issue_purpose_certificate(vendor.root, vendor.root_key, Purpose::license_issuer,
                                                              key.public_key(), "Short", march_2026);
    auto terms = customer.terms();
    SECTION("an issuer that has expired since does no harm") {
        const Bytes lic = make_license(terms, {short_lived}, key).value();
        auto facts = customer.facts();
        facts.now = support::license_made_at + day * 3650;
        CHECK(judge_license(lic, vendor.root, facts));
    }
    SECTION("an issuer that was not valid yet is refused") {
        terms.issued_at = support::license_made_at - second;
        const Error error = refusal(make_license(terms, {short_lived}, key).value());
        CHECK(error.stable_code() == "license-issuer-not-valid-then");
        CHECK(fact(error, "issuer") == "CN=Short");
        CHECK(fact(error, "not_before") == "2026-03-01T00:00:00Z");
        CHECK(fact(error, "not_after") == "2026-03-31T00:00:00Z");
        CHECK(fact(error, "at") == "2026-02-28T23:59:59Z");
    }
    SECTION("an issuer that had expired is refused") {
        terms.issued_at = support::license_made_at + day * 31;
        const Error error = refusal(make_license(terms, {short_lived}, key).value());
        CHECK(error.stable_code() == "license-issuer-not-valid-then");
    }
    SECTION("another issue time than the signing time is refused") {
        const Error error =
            refusal(license_over(license_terms_json(terms), short_lived, key, terms.issued_at + second));
        CHECK(error.stable_code() == "license-terms-malformed");
        CHECK(fact(error, "field") == "issued_at");
    }
}

TEST_CASE_METHOD(Fixture, "licence refused: made for another server", "[license][refusal]") {
    const Bytes lic = license(customer.terms());
    const support::Customer other(vendor);
    SECTION("another id") {
        const Error error = refusal(lic, other.facts());
        CHECK(error.stable_code() == "license-other-server");
        CHECK(fact(error, "license_server") == customer.server_id);
        CHECK(fact(error, "this_server") == other.server_id);
    }
    SECTION("the same id, and a key that it never had") {
        auto facts = customer.facts();
        facts.server_keys = other.facts().server_keys;
        const Error error = refusal(lic, facts);
        CHECK(error.stable_code() == "license-other-server-key");
        CHECK(fact(error, "license_key") == hex_encode(default_suite().hash(customer.key.public_key().spki()).view()));
        CHECK(fact(error, "this_key") == hex_encode(default_suite().hash(other.key.public_key().spki()).view()));
    }
    SECTION("a key of an earlier epoch is fine (invariant L7: no licence is reissued)") {
        auto facts = customer.facts();
        facts.server_keys.push_back(other.key.public_key().spki());
        CHECK(judge_license(lic, vendor.root, facts));
    }
}

TEST_CASE_METHOD(Fixture, "licence refused: not yet valid, and expired", "[license][refusal]") {
    auto terms = customer.terms();
    terms.valid_from = support::license_made_at + day * 10;
    terms.valid_to = support::license_made_at + day * 20;
    const Bytes lic = license(terms);
    auto facts = customer.facts();
    const auto at = [&](Timestamp now) {
        facts.now = now;
        return judge_license(lic, vendor.root, facts);
    };
    CHECK(at(terms.valid_from));
    CHECK(at(terms.valid_to - microsecond));
    SECTION("a moment before") {
        facts.now = terms.valid_from - microsecond;
        const Error error = refusal(lic, facts);
        CHECK(error.stable_code() == "license-not-yet-valid");
        CHECK(fact(error, "valid_from") == "2026-03-11T00:00:00Z");
        CHECK(fact(error, "now") == "2026-03-10T23:59:59Z");
    }
    SECTION("at its end") {
        facts.now = terms.valid_to;
        const Error error = refusal(lic, facts);
        CHECK(error.stable_code() == "license-expired");
        CHECK(fact(error, "valid_to") == "2026-03-21T00:00:00Z");
        CHECK(fact(error, "now") == "2026-03-21T00:00:00Z");
    }
    SECTION("no refusal for a date while time is in doubt (invariant L11)") {
        facts.now.reset();
        CHECK(judge_license(lic, vendor.root, facts));
    }
}

TEST_CASE_METHOD(Fixture, "licence refused: superseded", "[license][refusal]") {
    auto facts = customer.facts();
    facts.superseded = {{"OTHER", "X"}, {"LIC-2026-0001", "LIC-2026-0002"}};
    const Error error = refusal(license(customer.terms()), facts);
    CHECK(error.stable_code() == "license-superseded");
    CHECK(fact(error, "superseded_by") == "LIC-2026-0002");
}

TEST_CASE_METHOD(Fixture, "licence refused: revoked", "[license][refusal]") {
    const Bytes lic = license(customer.terms());
    auto facts = customer.facts();
    SECTION("by its id") {
        facts.revoked_licenses = {{"LIC-2026-0001", "REV-7"}};
        const Error error = refusal(lic, facts);
        CHECK(error.stable_code() == "license-revoked");
        CHECK(fact(error, "revocation_id") == "REV-7");
    }
    SECTION("by its issuer's certificate") {
        facts.revoked_certificates = {{vendor.issuer.fingerprint(), "REV-8"}};
        const Error error = refusal(lic, facts);
        CHECK(error.stable_code() == "license-certificate-revoked");
        CHECK(fact(error, "certificate_fingerprint") == hex_encode(vendor.issuer.fingerprint().view()));
    }
    SECTION("by the server's certificate in it") {
        facts.revoked_certificates = {{customer.certificate.fingerprint(), "REV-9"}};
        CHECK(refusal(lic, facts).stable_code() == "license-certificate-revoked");
    }
}

TEST_CASE_METHOD(Fixture, "licence refused: quantity out of range", "[license][refusal]") {
    auto terms = customer.terms();
    const std::string good = license_terms_json(terms);
    for (const std::string quantity : {"0", "-5", "10000001", "18446744073709551616", "1.5"}) {
        std::string text = good;
        text.replace(text.find("100,"), 3, quantity);
        CAPTURE(quantity);
        const Error error = refusal(license_over(text, vendor.issuer, vendor.issuer_key));
        CHECK(error.stable_code() == "license-quantity-out-of-range");
        CHECK(fact(error, "minimum") == "1");
        CHECK(fact(error, "maximum") == "10000000");
    }
    terms.quantity = 0;
    const auto made = make_license(terms, {vendor.issuer}, vendor.issuer_key);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == license_file_errc::quantity_out_of_range);
    terms.quantity = license_quantity_max;
    CHECK(judge_license(license(terms), vendor.root, customer.facts()));
}

TEST_CASE_METHOD(Fixture, "licence refused: the server certificate in it is not this server's", "[license][refusal]") {
    const support::Customer other(vendor);
    auto terms = customer.terms();
    std::string reason;
    SECTION("over another key") {
        terms.server_certificate =
            issue_server_certificate(vendor.root, vendor.root_key, other.key.public_key(), customer.server_id).der();
        reason = "server.key";
    }
    SECTION("for another id") {
        terms.server_certificate =
            issue_server_certificate(vendor.root, vendor.root_key, customer.key.public_key(), other.server_id).der();
        reason = "server.id";
    }
    SECTION("under another root") {
        const support::Vendor stranger;
        terms.server_certificate =
            issue_server_certificate(stranger.root, stranger.root_key, customer.key.public_key(), customer.server_id)
                .der();
        reason = "server.certificate";
    }
    SECTION("not a certificate") {
        terms.server_certificate = {0x30, 0x00};
        reason = "server.certificate";
    }
    SECTION("a licence issuer's") {
        terms.server_certificate = vendor.issuer.der();
        reason = "server.certificate";
    }
    const Error error = refusal(license(terms));
    CHECK(error.stable_code() == "license-server-certificate-wrong");
    CHECK(fact(error, "reason") == reason);
}

TEST_CASE_METHOD(Fixture, "licence: the same root presented again is fine, another is refused by name", "[license]") {
    CHECK(check_root(vendor.root, vendor.root));
    const support::Vendor stranger;
    const auto differs = check_root(stranger.root, vendor.root);
    REQUIRE_FALSE(differs);
    check_sentences(differs.error());
    CHECK(differs.error().stable_code() == "vendor-root-differs");
    CHECK(fact(differs.error(), "presented_fingerprint") == hex_encode(stranger.root.fingerprint().view()));
    CHECK(fact(differs.error(), "pinned_fingerprint") == hex_encode(vendor.root.fingerprint().view()));
}

TEST_CASE("licence messages: every code is there once, in both languages, with a remedy", "[license][catalogue]") {
    const auto table = license_file::category().table();
    CHECK(table.size() == static_cast<std::size_t>(license_file_errc::key_passphrase_wrong));
    std::vector<std::string_view> codes;
    for (const Message& message : table) {
        CAPTURE(message.code);
        codes.push_back(message.code);
        CHECK(message.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
        for (const Language language : {Language::english, Language::chinese}) {
            CHECK_FALSE(message.text(language).sentence.empty());
            CHECK_FALSE(message.text(language).remedy.empty());
        }
        // A different language, and the same facts.
        const auto facts_named = [](std::string_view text) {
            std::vector<std::string> names;
            for (auto open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
                names.emplace_back(text.substr(open, text.find('}', open) - open + 1));
            }
            std::sort(names.begin(), names.end());
            return names;
        };
        CHECK(message.english.sentence != message.chinese.sentence);
        CHECK(facts_named(message.english.sentence) == facts_named(message.chinese.sentence));
    }
    std::sort(codes.begin(), codes.end());
    CHECK(std::adjacent_find(codes.begin(), codes.end()) == codes.end());
}
