#include "ledger/core/certificate.hpp"

#include <array>
#include <ctime>

#include "ledger/core/der.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/openssl_pointer.hpp"
#include "ledger/core/time_text.hpp"

namespace ledger {

struct Certificate::Parsed {
    Bytes der;
    X509Pointer x509;
    std::string subject;
    std::string common_name;
    Bytes spki;
    Timestamp not_before;
    Timestamp not_after;
    bool is_authority = false;
    bool has_extended_key_usage = false;
    std::optional<Purpose> purpose;
    std::optional<std::string> server_id;
};

namespace {

constexpr std::size_t pem_bytes_max = 64 * 1024;
constexpr std::size_t server_id_length = 32;
constexpr std::string_view server_uri_prefix = "urn:actledger:server:";

using ExtendedKeyUsagePointer = OpenSslPointer<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using GeneralNamesPointer = OpenSslPointer<GENERAL_NAMES, GENERAL_NAMES_free>;
using StorePointer = OpenSslPointer<X509_STORE, X509_STORE_free>;
using StoreContextPointer = OpenSslPointer<X509_STORE_CTX, X509_STORE_CTX_free>;

/// The stack owns nothing: its certificates are borrowed.
struct FreeStackOnly {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using BorrowedStack = std::unique_ptr<STACK_OF(X509), FreeStackOnly>;

Error malformed(std::string detail) { return {errc::certificate_malformed, std::move(detail)}; }

std::string name_text(const X509_NAME* name) {
    const BioPointer out(BIO_new(BIO_s_mem()));
    ACTLEDGER_ASSERT(out != nullptr);
    // UTF-8 as it is, so that Chinese names can be read.
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    return std::string(as_text(bio_contents(out.get())));
}

std::string common_name_text(const X509_NAME* name) {
    const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (index < 0) return {};
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
    if (length < 0) return {};
    std::string text(as_text({utf8, static_cast<std::size_t>(length)}));
    OPENSSL_free(utf8);
    return text;
}

Result<Timestamp> read_time(const ASN1_TIME* time) {
    std::tm fields{};
    if (ASN1_TIME_to_tm(time, &fields) != 1) return malformed("a validity date");
    const Timestamp at{static_cast<std::int64_t>(timegm(&fields)) * second.us};
    // One spelling: RFC 5280 gives each year its type. Dates before 1970 are none of ours.
    const Bytes written = der::time(at);
    const ByteView digits{ASN1_STRING_get0_data(time), static_cast<std::size_t>(ASN1_STRING_length(time))};
    if (at.us < 0 || ASN1_STRING_type(time) != written[0] || !equal(ByteView(written).subspan(2), digits)) {
        return malformed("a validity date in a spelling that RFC 5280 does not allow");
    }
    return at;
}

std::string dotted_text(const ASN1_OBJECT* object) {
    std::array<char, 128> text{};
    const int length = OBJ_obj2txt(text.data(), text.size(), object, 1);
    if (length <= 0 || static_cast<std::size_t>(length) >= text.size()) return {};
    return {text.data(), static_cast<std::size_t>(length)};
}

/// Exactly the usages that a certificate of one purpose has, in any order; anything else is no purpose of ours.
std::optional<Purpose> read_purpose(const EXTENDED_KEY_USAGE* usages) {
    std::optional<Purpose> found;
    bool email_protection = false;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); ++i) {
        const std::string oid = dotted_text(sk_ASN1_OBJECT_value(usages, i));
        if (oid == email_protection_oid && !email_protection) {
            email_protection = true;
            continue;
        }
        std::optional<Purpose> purpose;
        for (const Purpose candidate : all_purposes) {
            if (oid == purpose_oid(candidate)) purpose = candidate;
        }
        if (!purpose || found) return std::nullopt;
        found = purpose;
    }
    if (!found || email_protection != (*found == Purpose::license_issuer)) return std::nullopt;
    return found;
}

bool is_server_id(std::string_view text) {
    return text.size() == server_id_length && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == text.npos;
}

/// The only name in the subjectAltName, if it is a server's URI.
std::optional<std::string> read_server_id(const GENERAL_NAMES* names) {
    if (names == nullptr || sk_GENERAL_NAME_num(names) != 1) return std::nullopt;
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, 0);
    if (name->type != GEN_URI) return std::nullopt;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    const std::string_view text =
        as_text({ASN1_STRING_get0_data(uri), static_cast<std::size_t>(ASN1_STRING_length(uri))});
    if (!text.starts_with(server_uri_prefix)) return std::nullopt;
    const std::string_view id = text.substr(server_uri_prefix.size());
    if (!is_server_id(id)) return std::nullopt;
    return std::string(id);
}

/// A NULL with `critical` at -1 is an extension that is not there; any other NULL is one that is twice or broken.
template <class Pointer>
Result<Pointer> read_extension(const X509* certificate, int nid) {
    int critical = 0;
    Pointer extension(static_cast<typename Pointer::pointer>(X509_get_ext_d2i(certificate, nid, &critical, nullptr)));
    if (extension == nullptr && critical != -1) return malformed(std::string("extension ") + OBJ_nid2sn(nid));
    return extension;
}

/// What must hold for the DER to be the one spelling of the certificate.
Result<void> check_spelling(X509* certificate, ByteView der) {
    if (auto canonical = der::check(der); !canonical) return malformed(canonical.error().detail);
    // OpenSSL hands back the bytes it read; written anew from the parsed fields they must be the same.
    const X509Pointer duplicate(X509_dup(certificate));
    ACTLEDGER_ASSERT(duplicate != nullptr);
    if (i2d_re_X509_tbs(duplicate.get(), nullptr) <= 0 || !equal(encode_der(i2d_X509, duplicate.get()), der)) {
        return malformed("not the DER encoding of its content");
    }
    const ASN1_BIT_STRING* signature = nullptr;
    const X509_ALGOR* outer_algorithm = nullptr;
    X509_get0_signature(&signature, &outer_algorithm, certificate);
    if (X509_ALGOR_cmp(outer_algorithm, X509_get0_tbs_sigalg(certificate)) != 0) {
        return malformed("two different signature algorithms");
    }
    if (X509_get_version(certificate) != 2) return malformed("not X.509 version 3");
    return {};
}

}  // namespace

std::string_view purpose_oid(Purpose purpose) {
    switch (purpose) {
        case Purpose::license_issuer:
            return ACTLEDGER_OID_ARC ".1";
        case Purpose::package_signer:
            return ACTLEDGER_OID_ARC ".2";
        case Purpose::recovery_signer:
            return ACTLEDGER_OID_ARC ".3";
        case Purpose::server:
            return ACTLEDGER_OID_ARC ".4";
    }
    ACTLEDGER_ASSERT(false);
}

std::string_view purpose_name(Purpose purpose) {
    switch (purpose) {
        case Purpose::license_issuer:
            return "license-issuer";
        case Purpose::package_signer:
            return "package-signer";
        case Purpose::recovery_signer:
            return "recovery-signer";
        case Purpose::server:
            return "server";
    }
    ACTLEDGER_ASSERT(false);
}

std::string server_uri(std::string_view server_id) {
    ACTLEDGER_ASSERT(is_server_id(server_id));
    return std::string(server_uri_prefix) + std::string(server_id);
}

Result<Certificate> Certificate::from_der(ByteView der) {
    if (der.empty() || der.size() > certificate_bytes_max) return malformed("length");
    const unsigned char* from = der.data();
    X509Pointer x509(d2i_X509(nullptr, &from, static_cast<long>(der.size())));
    if (x509 == nullptr || from != der.data() + der.size()) return malformed(take_openssl_error());
    ACTLEDGER_CHECK(check_spelling(x509.get(), der));

    auto parsed = std::make_shared<Parsed>();
    parsed->der = copy(der);
    parsed->subject = name_text(X509_get_subject_name(x509.get()));
    parsed->common_name = common_name_text(X509_get_subject_name(x509.get()));
    parsed->spki = encode_der(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(x509.get()));
    ACTLEDGER_TRY(parsed->not_before, read_time(X509_get0_notBefore(x509.get())));
    ACTLEDGER_TRY(parsed->not_after, read_time(X509_get0_notAfter(x509.get())));
    // Reads all extensions once, so that the object is constant afterwards, whichever threads use it.
    if (X509_check_purpose(x509.get(), -1, 0) != 1 || (X509_get_extension_flags(x509.get()) & EXFLAG_INVALID) != 0) {
        return malformed("extensions: " + take_openssl_error());
    }
    parsed->is_authority = (X509_get_extension_flags(x509.get()) & EXFLAG_CA) != 0;
    ACTLEDGER_TRY(const auto usages, read_extension<ExtendedKeyUsagePointer>(x509.get(), NID_ext_key_usage));
    parsed->has_extended_key_usage = usages != nullptr;
    if (usages != nullptr) parsed->purpose = read_purpose(usages.get());
    if (parsed->purpose == Purpose::server) {
        ACTLEDGER_TRY(const auto names, read_extension<GeneralNamesPointer>(x509.get(), NID_subject_alt_name));
        parsed->server_id = read_server_id(names.get());
    }
    parsed->x509 = std::move(x509);
    return Certificate(std::move(parsed));
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
    if (pem.size() > pem_bytes_max) return malformed("PEM: length");
    const BioPointer in = read_only_bio(as_bytes(pem));
    Bytes der;
    for (;;) {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* data = nullptr;
        long length = 0;
        if (PEM_read_bio(in.get(), &name, &header, &data, &length) != 1) break;
        const bool is_certificate = std::string_view(name) == PEM_STRING_X509 && *header == '\0';
        const bool is_first = der.empty();
        if (is_certificate) der.assign(data, data + length);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
        if (!is_certificate || !is_first) return malformed("PEM: something besides one certificate");
    }
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const std::string why = take_openssl_error();
    if (!at_end || der.empty()) return malformed("PEM: " + why);
    return from_der(der);
}

const Bytes& Certificate::der() const { return parsed_->der; }

std::string Certificate::pem() const {
    const BioPointer out(BIO_new(BIO_s_mem()));
    ACTLEDGER_ASSERT(out != nullptr && PEM_write_bio_X509(out.get(), parsed_->x509.get()) == 1);
    return std::string(as_text(bio_contents(out.get())));
}

std::string Certificate::subject() const { return parsed_->subject; }

Digest Certificate::fingerprint() const {
    Digest digest;
    ACTLEDGER_ASSERT(
        EVP_Digest(parsed_->der.data(), parsed_->der.size(), digest.bytes.data(), nullptr, EVP_sha256(), nullptr) == 1);
    return digest;
}

std::string Certificate::common_name() const { return parsed_->common_name; }
const Bytes& Certificate::spki() const { return parsed_->spki; }
Result<PublicKey> Certificate::public_key(SuiteId suite) const { return PublicKey::from_spki(suite, parsed_->spki); }
Timestamp Certificate::not_before() const { return parsed_->not_before; }
Timestamp Certificate::not_after() const { return parsed_->not_after; }
std::optional<Purpose> Certificate::purpose() const { return parsed_->purpose; }
std::optional<std::string> Certificate::server_id() const { return parsed_->server_id; }
bool Certificate::is_authority() const { return parsed_->is_authority; }

namespace {

Error untrusted(const std::string& subject, std::string detail) {
    return {errc::certificate_untrusted, std::move(detail), {{"subject", subject}}};
}

Error wrong_purpose(const Certificate::Parsed& certificate, Purpose purpose, const char* detail) {
    return {errc::certificate_wrong_purpose,
            detail,
            {{"subject", certificate.subject}, {"purpose", std::string(purpose_name(purpose))}}};
}

/// What RFC 5280 leaves to us: the private usages.
Result<void> check_purposes(std::span<const Certificate> chain, Purpose purpose) {
    const Certificate::Parsed& leaf = chain.front().parsed();
    if (leaf.is_authority) return wrong_purpose(leaf, purpose, "a certification authority's certificate");
    if (leaf.purpose != purpose) return wrong_purpose(leaf, purpose, "extended key usage");
    if (purpose == Purpose::server && !leaf.server_id) return wrong_purpose(leaf, purpose, "no server id");
    for (const Certificate& between : chain.subspan(1)) {
        // An intermediate that is limited to some usages cannot give others.
        const Certificate::Parsed& parsed = between.parsed();
        if (parsed.has_extended_key_usage && parsed.purpose != purpose) {
            return wrong_purpose(parsed, purpose, "an intermediate's extended key usage");
        }
    }
    return {};
}

Error path_error(X509_STORE_CTX* context, const std::string& leaf_subject) {
    const X509* culprit = X509_STORE_CTX_get_current_cert(context);
    return untrusted(culprit == nullptr ? leaf_subject : name_text(X509_get_subject_name(culprit)),
                     X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
}

/// Both ends count (RFC 5280, section 4.1.2.5). OpenSSL takes a certificate's last moment for one too late.
Result<void> check_time(const Certificate& certificate, Timestamp at) {
    if (certificate.not_before() <= at && at <= certificate.not_after()) return {};
    return Error{errc::certificate_not_valid_then,
                 {},
                 {{"subject", certificate.subject()},
                  {"not_before", time_text_seconds(certificate.not_before())},
                  {"not_after", time_text_seconds(certificate.not_after())},
                  {"at", time_text_seconds(at)}}};
}

BorrowedStack borrow(std::span<const Certificate> certificates) {
    BorrowedStack stack(sk_X509_new_null());
    ACTLEDGER_ASSERT(stack != nullptr);
    for (const Certificate& certificate : certificates) {
        ACTLEDGER_ASSERT(sk_X509_push(stack.get(), certificate.parsed().x509.get()) > 0);
    }
    return stack;
}

}  // namespace

Result<void> verify_chain(std::span<const Certificate> chain, const Certificate& root, Purpose purpose, Timestamp at) {
    if (chain.empty() || chain.size() > chain_certificates_max) {
        return untrusted(chain.empty() ? "" : chain.front().subject(), "1 to 4 certificates");
    }
    const StorePointer store(X509_STORE_new());
    const StoreContextPointer context(X509_STORE_CTX_new());
    ACTLEDGER_ASSERT(store != nullptr && context != nullptr);
    ACTLEDGER_ASSERT(X509_STORE_add_cert(store.get(), root.parsed().x509.get()) == 1);
    const BorrowedStack between = borrow(chain.subspan(1));
    X509* leaf = chain.front().parsed().x509.get();
    ACTLEDGER_ASSERT(X509_STORE_CTX_init(context.get(), store.get(), leaf, between.get()) == 1);

    X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
    // The root's own signature proves nothing, but a root that fails it is not the one the vendor made.
    X509_VERIFY_PARAM_set_flags(rules,
                                X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE | X509_V_FLAG_NO_CHECK_TIME);
    X509_VERIFY_PARAM_set_auth_level(rules, 2);  // 112 bits: no SHA-1, no short keys
    X509_VERIFY_PARAM_set_depth(rules, static_cast<int>(chain_certificates_max));
    if (X509_verify_cert(context.get()) != 1) {
        ERR_clear_error();
        return path_error(context.get(), chain.front().subject());
    }
    // The path must use exactly what was handed in, in its order.
    const STACK_OF(X509)* path = X509_STORE_CTX_get0_chain(context.get());
    bool as_given = static_cast<std::size_t>(sk_X509_num(path)) == chain.size() + 1;
    for (std::size_t i = 0; as_given && i < chain.size(); ++i) {
        as_given = X509_cmp(sk_X509_value(path, static_cast<int>(i)), chain[i].parsed().x509.get()) == 0;
    }
    if (!as_given) return untrusted(chain.front().subject(), "the chain has other certificates than its path");
    for (const Certificate& certificate : chain) ACTLEDGER_CHECK(check_time(certificate, at));
    ACTLEDGER_CHECK(check_time(root, at));
    return check_purposes(chain, purpose);
}

}  // namespace ledger
