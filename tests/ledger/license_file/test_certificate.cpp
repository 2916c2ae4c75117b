#include <algorithm>

#include "ledger/core/certificate.hpp"
#include "ledger/core/der.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/openssl_pointer.hpp"
#include "ledger/core/time_text.hpp"
#include "tests/ledger/license_file/vendor.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ledger;

namespace {

const std::string arc = ACTLEDGER_OID_ARC;
constexpr Timestamp at = support::license_made_at;

/// A certificate of any kind, also of kinds that our own issuing never makes.
struct Recipe {
    std::string name = "Odd";
    std::vector<std::pair<int, std::string>> extensions;
    const char* not_before = "20260101000000Z";
    const char* not_after = "20270101000000Z";
    const EVP_MD* digest = EVP_sha256();
    int version = 2;
};

const std::string leaf_constraints = "critical,CA:FALSE";

Recipe leaf_with(const std::string& usages) {
    return {"Odd",
            {{NID_basic_constraints, leaf_constraints},
             {NID_key_usage, "critical,digitalSignature"},
             {NID_ext_key_usage, usages},
             {NID_subject_key_identifier, "hash"},
             {NID_authority_key_identifier, "keyid:always"}}};
}

Recipe intermediate(const std::string& usages = {}) {
    Recipe recipe{"Between",
                  {{NID_basic_constraints, "critical,CA:TRUE"},
                   {NID_key_usage, "critical,keyCertSign"},
                   {NID_subject_key_identifier, "hash"},
                   {NID_authority_key_identifier, "keyid:always"}}};
    if (!usages.empty()) recipe.extensions.emplace_back(NID_ext_key_usage, usages);
    return recipe;
}

Bytes bake(const Recipe& recipe, const PrivateKey& key, const Certificate& issuer, const PrivateKey& issuer_key) {
    const unsigned char* from = issuer.der().data();
    const X509Pointer issuer_x509(d2i_X509(nullptr, &from, static_cast<long>(issuer.der().size())));
    const X509Pointer x509(X509_new());
    X509_set_version(x509.get(), recipe.version);
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 4711);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509.get()), "CN", MBSTRING_UTF8, as_bytes(recipe.name).data(),
                               static_cast<int>(recipe.name.size()), -1, 0);
    X509_set_issuer_name(x509.get(), X509_get_subject_name(issuer_x509.get()));
    X509_set_pubkey(x509.get(), key.handle());
    const auto set_time = [](const char* text, ASN1_TIME* time) {
        // As it is written: a GeneralizedTime stays one, also where RFC 5280 wants a UTCTime.
        ASN1_STRING_set(time, text, -1);
        time->type = std::string_view(text).size() == 13 ? V_ASN1_UTCTIME : V_ASN1_GENERALIZEDTIME;
    };
    const auto set_short_time = [](const char* text, ASN1_TIME* time) { ASN1_TIME_set_string_X509(time, text); };
    const bool as_written = recipe.not_before[0] == '!';
    as_written ? set_time(recipe.not_before + 1, X509_getm_notBefore(x509.get()))
               : set_short_time(recipe.not_before, X509_getm_notBefore(x509.get()));
    set_short_time(recipe.not_after, X509_getm_notAfter(x509.get()));
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer_x509.get(), x509.get(), nullptr, nullptr, 0);
    for (const auto& [nid, value] : recipe.extensions) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
        REQUIRE(extension != nullptr);
        X509_add_ext(x509.get(), extension, -1);
        X509_EXTENSION_free(extension);
    }
    REQUIRE(X509_sign(x509.get(), issuer_key.handle(), recipe.digest) > 0);
    return encode_der(i2d_X509, x509.get());
}

struct Fixture {
    support::Vendor vendor;
    PrivateKey key = PrivateKey::generate();

    [[nodiscard]] Certificate under_root(const Recipe& recipe) const {
        return Certificate::from_der(bake(recipe, key, vendor.root, vendor.root_key)).value();
    }
    [[nodiscard]] std::error_code judge(const std::vector<Certificate>& chain, Purpose purpose) const {
        const auto judged = verify_chain(chain, vendor.root, purpose, at);
        return judged ? std::error_code() : judged.error().code;
    }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "certificate: what it says", "[certificate]") {
    const support::Customer customer(vendor);
    CHECK(vendor.root.subject() == "CN=Test Vendor Root");
    CHECK(vendor.root.common_name() == "Test Vendor Root");
    CHECK(vendor.root.is_authority());
    CHECK_FALSE(vendor.root.purpose());
    CHECK(vendor.root.not_after() == certificate_no_expiry);
    CHECK(vendor.issuer.purpose() == Purpose::license_issuer);
    CHECK_FALSE(vendor.issuer.server_id());
    CHECK(customer.certificate.purpose() == Purpose::server);
    CHECK(customer.certificate.server_id() == customer.server_id);
    CHECK(customer.certificate.spki() == customer.key.public_key().spki());
    CHECK(customer.certificate.not_before() == vendor.root.not_before());
    CHECK(time_text_seconds(customer.certificate.not_after()) == "9999-12-31T23:59:59Z");
    const Certificate chinese = under_root(Recipe{"示例厂商", {}});
    CHECK(chinese.subject() == "CN=示例厂商");
}

TEST_CASE_METHOD(Fixture, "certificate: openssl sees the same fingerprint and serial length",
                 "[certificate][openssl]") {
    const support::TemporaryFolder folder;
    folder.write("a.pem", vendor.issuer.pem());
    const auto shown =
        support::run("openssl x509 -noout -fingerprint -sha256 -in " + support::quoted(folder / "a.pem") +
                     " | sed 's/.*=//; s/://g' | tr A-F a-f | tr -d '\\n'");
    CHECK(shown.output == hex_encode(vendor.issuer.fingerprint().view()));
}

TEST_CASE_METHOD(Fixture, "certificate: PEM holds one certificate and nothing else", "[certificate]") {
    const std::string pem = vendor.root.pem();
    CHECK(Certificate::from_pem(pem)->der() == vendor.root.der());
    CHECK(Certificate::from_pem("the vendor's root:\n" + pem + "end\n")->der() == vendor.root.der());
    CHECK_FALSE(Certificate::from_pem(""));
    CHECK_FALSE(Certificate::from_pem("text"));
    CHECK_FALSE(Certificate::from_pem(pem + vendor.issuer.pem()));
    CHECK_FALSE(Certificate::from_pem(pem + key.pem("long enough")));
    CHECK_FALSE(Certificate::from_pem(key.pem("long enough")));
    CHECK_FALSE(Certificate::from_pem(pem.substr(0, pem.size() / 2)));
    CHECK_FALSE(Certificate::from_pem(pem + std::string(100'000, ' ')));
}

TEST_CASE_METHOD(Fixture, "certificate: one spelling", "[certificate]") {
    const Bytes good = vendor.issuer.der();
    const auto refused = [](const Bytes& der) {
        const auto parsed = Certificate::from_der(der);
        return !parsed && parsed.error().code == errc::certificate_malformed;
    };
    Bytes longer = good;
    longer.push_back(0);
    CHECK(refused(longer));
    CHECK(refused({good.begin(), good.end() - 1}));
    CHECK(refused({}));
    // The outermost length in one byte more than it needs: BER, and OpenSSL reads it.
    REQUIRE(good[1] == 0x82);
    Bytes long_length{good[0], 0x83, 0x00};
    long_length.insert(long_length.end(), good.begin() + 2, good.end());
    CHECK(refused(long_length));
    // Dates in the type that RFC 5280 does not have for their year.
    Recipe generalized = leaf_with(arc + ".2");
    generalized.not_before = "!20260101000000Z";
    CHECK(refused(bake(generalized, key, vendor.root, vendor.root_key)));
    generalized.not_before = "!260101000000Z";
    CHECK_FALSE(refused(bake(generalized, key, vendor.root, vendor.root_key)));
    Recipe version_one = leaf_with(arc + ".2");
    version_one.version = 0;
    CHECK(refused(bake(version_one, key, vendor.root, vendor.root_key)));
    Recipe twice = leaf_with(arc + ".2");
    twice.extensions.emplace_back(NID_ext_key_usage, arc + ".2");
    CHECK(refused(bake(twice, key, vendor.root, vendor.root_key)));
    // Every bit of a certificate counts: changed anywhere, it is malformed or no longer trusted.
    for (std::size_t i = 0; i < good.size(); ++i) {
        Bytes changed = good;
        changed[i] ^= 1;
        const auto parsed = Certificate::from_der(changed);
        CAPTURE(i);
        REQUIRE((!parsed || judge({*parsed}, Purpose::license_issuer)));
    }
}

TEST_CASE_METHOD(Fixture, "certificate: purposes are exact", "[certificate]") {
    const auto purpose_of = [&](const std::string& usages) { return under_root(leaf_with(usages)).purpose(); };
    CHECK(purpose_of(arc + ".1,emailProtection") == Purpose::license_issuer);
    CHECK(purpose_of("emailProtection," + arc + ".1") == Purpose::license_issuer);
    CHECK(purpose_of(arc + ".2") == Purpose::package_signer);
    CHECK(purpose_of(arc + ".3") == Purpose::recovery_signer);
    CHECK(purpose_of(arc + ".4") == Purpose::server);
    CHECK_FALSE(purpose_of(arc + ".1"));                  // openssl would not accept what it signs
    CHECK_FALSE(purpose_of(arc + ".4,emailProtection"));  // a server could pass for an issuer with openssl
    CHECK_FALSE(purpose_of(arc + ".1," + arc + ".4,emailProtection"));
    CHECK_FALSE(purpose_of(arc + ".2," + arc + ".3"));
    CHECK_FALSE(purpose_of(arc + ".2,serverAuth"));
    CHECK_FALSE(purpose_of(arc + ".2," + arc + ".2"));
    CHECK_FALSE(purpose_of(arc + ".9"));
    CHECK_FALSE(purpose_of("emailProtection"));
    CHECK_FALSE(purpose_of("anyExtendedKeyUsage"));
}

TEST_CASE_METHOD(Fixture, "certificate: a server id is one URI of the right form", "[certificate]") {
    const auto id_of = [&](const std::string& names) {
        Recipe recipe = leaf_with(arc + ".4");
        if (!names.empty()) recipe.extensions.emplace_back(NID_subject_alt_name, names);
        const Certificate certificate = under_root(recipe);
        // Without an id it is good for nothing.
        CHECK(certificate.server_id().has_value() == !judge({certificate}, Purpose::server));
        return certificate.server_id();
    };
    const std::string id(32, 'a');
    CHECK(id_of("URI:urn:actledger:server:" + id) == id);
    CHECK_FALSE(id_of(""));
    CHECK_FALSE(id_of("DNS:" + id));
    CHECK_FALSE(id_of("URI:urn:actledger:server:" + id.substr(1)));
    CHECK_FALSE(id_of("URI:urn:actledger:server:" + id + "a"));
    CHECK_FALSE(id_of("URI:urn:actledger:server:" + std::string(32, 'A')));
    CHECK_FALSE(id_of("URI:urn:actledger:server:" + id + ",URI:urn:actledger:server:" + std::string(32, 'b')));
    CHECK_FALSE(id_of("URI:urn:actledger:server:" + id + ",DNS:example.org"));
}

TEST_CASE_METHOD(Fixture, "chain: right under the right root, for the right purpose only", "[certificate][chain]") {
    CHECK_FALSE(judge({vendor.issuer}, Purpose::license_issuer));
    for (const Purpose purpose : {Purpose::package_signer, Purpose::recovery_signer, Purpose::server}) {
        CHECK(judge({vendor.issuer}, purpose) == errc::certificate_wrong_purpose);
    }
    const support::Vendor stranger;
    CHECK(judge({stranger.issuer}, Purpose::license_issuer) == errc::certificate_untrusted);
    CHECK(judge({}, Purpose::license_issuer) == errc::certificate_untrusted);
    CHECK(judge({vendor.root}, Purpose::license_issuer) == errc::certificate_untrusted);
    // A root of the same name and another key.
    const auto forged_root = make_root_certificate(key, "Test Vendor Root", {support::root_made_at});
    const auto forged = issue_purpose_certificate(forged_root, key, Purpose::license_issuer, key.public_key(), "Forged",
                                                  {support::root_made_at});
    CHECK(judge({forged}, Purpose::license_issuer) == errc::certificate_untrusted);
}

TEST_CASE_METHOD(Fixture, "chain: judged at the time of the act, to the second", "[certificate][chain]") {
    const Certificate certificate = issue_purpose_certificate(vendor.root, vendor.root_key, Purpose::package_signer,
                                                              key.public_key(), "Short", {at, at + day});
    const auto at_time = [&](Timestamp time) {
        return verify_chain(std::array{certificate}, vendor.root, Purpose::package_signer, time);
    };
    CHECK(at_time(at));
    CHECK(at_time(at + day));
    const auto before = at_time(at - second);
    REQUIRE_FALSE(before);
    CHECK(before.error().code == errc::certificate_not_valid_then);
    CHECK(before.error().sentence(Language::english) ==
          "The certificate CN=Short is valid from 2026-03-01T00:00:00Z to 2026-03-02T00:00:00Z, and the act was at "
          "2026-02-28T23:59:59Z.");
    CHECK(at_time(at + day + second).error().code == errc::certificate_not_valid_then);
    // The root has a time too.
    CHECK(verify_chain(std::array{vendor.issuer}, vendor.root, Purpose::license_issuer, support::root_made_at - second)
              .error()
              .code == errc::certificate_not_valid_then);
}

TEST_CASE_METHOD(Fixture, "chain: with an intermediate", "[certificate][chain]") {
    PrivateKey between_key = PrivateKey::generate();
    const auto chain_by = [&](const Recipe& between_recipe) {
        const Certificate between =
            Certificate::from_der(bake(between_recipe, between_key, vendor.root, vendor.root_key)).value();
        const Certificate leaf = Certificate::from_der(bake(leaf_with(arc + ".2"), key, between, between_key)).value();
        return std::vector{leaf, between};
    };
    const auto chain = chain_by(intermediate());
    CHECK_FALSE(judge(chain, Purpose::package_signer));
    CHECK(judge({chain[0]}, Purpose::package_signer) == errc::certificate_untrusted);
    CHECK(judge({chain[1], chain[0]}, Purpose::package_signer) == errc::certificate_untrusted);
    CHECK(judge({chain[0], chain[1], vendor.issuer}, Purpose::package_signer) == errc::certificate_untrusted);
    CHECK(judge({chain[0], chain[1], chain[1]}, Purpose::package_signer) == errc::certificate_untrusted);
    CHECK(judge({chain[0], chain[1], vendor.root}, Purpose::package_signer) == errc::certificate_untrusted);
    CHECK_FALSE(judge(chain_by(intermediate(arc + ".2")), Purpose::package_signer));
    CHECK(judge(chain_by(intermediate(arc + ".4")), Purpose::package_signer) == errc::certificate_wrong_purpose);
    CHECK(judge({chain[1]}, Purpose::package_signer) == errc::certificate_wrong_purpose);
}

TEST_CASE_METHOD(Fixture, "chain: a server's certificate gives no others", "[certificate][chain]") {
    const support::Customer customer(vendor);
    const Certificate forged =
        Certificate::from_der(bake(leaf_with(arc + ".1,emailProtection"), key, customer.certificate, customer.key))
            .value();
    CHECK(judge({forged, customer.certificate}, Purpose::license_issuer) == errc::certificate_untrusted);
}

TEST_CASE_METHOD(Fixture, "chain: refuses weak signatures and unknown critical extensions", "[certificate][chain]") {
    Recipe weak = leaf_with(arc + ".2");
    weak.digest = EVP_sha1();
    CHECK(judge({under_root(weak)}, Purpose::package_signer) == errc::certificate_untrusted);
    Recipe critical = leaf_with(arc + ".2");
    critical.extensions.emplace_back(NID_netscape_comment, "critical,nobody understands this");
    CHECK(judge({under_root(critical)}, Purpose::package_signer) == errc::certificate_untrusted);
}

TEST_CASE("DER: what is canonical and what is not", "[der]") {
    const auto is_der = [](std::string_view hex) { return static_cast<bool>(der::check(hex_decode(hex).value())); };
    for (const std::string_view good : {"0500", "020100", "020180", "02020080", "0101ff", "010100", "03020780",
                                        "030100", "060129", "3000", "3100", "3106020101020102", "a003020101", "8001ff",
                                        "170d3236303130313030303030305a", "180f32303236303130313030303030305a"}) {
        CAPTURE(good);
        CHECK(is_der(good));
    }
    for (const std::string_view bad : {
             "",                            // nothing
             "05",                          // cut off
             "050000",                      // bytes behind
             "058100",                      // a long length for a short one
             "0201",                        // cut off in the value
             "0200",                        // an empty integer
             "02020001",                    // a leading zero
             "0202ff80",                    // a leading sign
             "010101",                      // a boolean that is neither
             "030107",                      // unused bits of nothing
             "03020701",                    // unused bits that are set
             "030208ff",                    // more than seven unused bits
             "0600",                        // no identifier
             "06028001",                    // a padded arc
             "060181",                      // an unfinished arc
             "1f8100",                      // a long tag
             "30800000",                    // an indefinite length
             "2400",                        // a string in pieces
             "1000",                        // a sequence that is not constructed
             "0001",                        // cut off
             "0000",                        // an end of contents
             "3106020102020101",            // a set out of order
             "170b3236303130313030303030",  // no Z
             "170a323630313031303030305a",  // no seconds
             "a0020201",                    // cut off inside
         }) {
        CAPTURE(bad);
        CHECK_FALSE(is_der(bad));
    }
    // Nested beyond any sense: refused, not followed.
    Bytes nested = der::value(der::tag_sequence, ByteView{});
    for (int i = 0; i < 100; ++i) nested = der::value(der::tag_sequence, nested);
    CHECK_FALSE(der::check(nested));
}

TEST_CASE("DER: the writer's values are the ones that openssl writes", "[der]") {
    CHECK(hex_encode(der::integer(0)) == "020100");
    CHECK(hex_encode(der::integer(127)) == "02017f");
    CHECK(hex_encode(der::integer(128)) == "02020080");
    CHECK(hex_encode(der::integer(10'000'000)) == "020400989680");
    CHECK(hex_encode(der::object_identifier("1.2.840.113549.1.7.2")) == "06092a864886f70d010702");
    CHECK(hex_encode(der::time(support::license_made_at)) == "170d3236303330313030303030305a");
    CHECK(hex_encode(der::time(certificate_no_expiry)) == "180f39393939313233313233353935395a");
    CHECK(hex_encode(der::value(der::tag_octet_string, Bytes(200, 0))).substr(0, 6) == "0481c8");
}

TEST_CASE("time text: one spelling", "[time]") {
    CHECK(time_text({0}) == "1970-01-01T00:00:00.000000Z");
    CHECK(time_text(latest_time) == "9999-12-31T23:59:59.999999Z");
    CHECK(time_text_seconds({1'772'323'200'999'999}) == "2026-03-01T00:00:00Z");
    for (const std::int64_t us :
         {0LL, 1LL, 951'782'399'999'999LL, 1'709'164'800'000'000LL, 253'402'300'799'999'999LL}) {
        CHECK(parse_time(time_text({us})).value() == Timestamp{us});
    }
    for (const char* bad : {"", "2026-03-01", "2026-03-01T00:00:00", "2026-03-01t00:00:00Z", "2026-03-01 00:00:00Z",
                            "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-01T24:00:00Z",
                            "2026-03-01T00:60:00Z", "2026-12-31T23:59:60Z", "2026-03-01T00:00:00+00:00",
                            "2026-03-01T00:00:00.0Z", "1969-12-31T23:59:59Z", "+026-03-01T00:00:00Z"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_time_seconds(bad));
    }
    CHECK_FALSE(parse_time("2026-03-01T00:00:00Z"));
    CHECK_FALSE(parse_time("2026-03-01T00:00:00.12345Z"));
    CHECK_FALSE(parse_time("2026-03-01T00:00:00,123456Z"));
}
