#include "ledger/license_file/certificate_issue.hpp"

#include "ledger/core/openssl_pointer.hpp"

namespace ledger {
namespace {

using SerialPointer = OpenSslPointer<BIGNUM, BN_free>;
using ExtensionPointer = OpenSslPointer<X509_EXTENSION, X509_EXTENSION_free>;
using TimePointer = OpenSslPointer<ASN1_TIME, ASN1_TIME_free>;

constexpr std::size_t serial_bytes = 16;

void set_serial(X509* certificate) {
    std::array<std::uint8_t, serial_bytes> random{};
    fill_random(random);
    random[0] |= 1;  // never zero, always of the same length or one less
    const SerialPointer number(BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr));
    ACTLEDGER_ASSERT(number != nullptr);
    ACTLEDGER_ASSERT(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void set_subject(X509* certificate, std::string_view common_name) {
    ACTLEDGER_ASSERT(!common_name.empty() && common_name.size() <= certificate_name_bytes_max);
    ACTLEDGER_ASSERT(X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                                                as_bytes(common_name).data(), static_cast<int>(common_name.size()), -1,
                                                0) == 1);
}

void set_validity(X509* certificate, Validity validity) {
    const auto to_time = [](Timestamp at) {
        return TimePointer(ASN1_TIME_set(nullptr, static_cast<time_t>(at.us / second.us)));
    };
    ACTLEDGER_ASSERT(validity.not_before.us >= 0 && validity.not_before < validity.not_after);
    ACTLEDGER_ASSERT(X509_set1_notBefore(certificate, to_time(validity.not_before).get()) == 1);
    ACTLEDGER_ASSERT(X509_set1_notAfter(certificate, to_time(validity.not_after).get()) == 1);
}

void set_key(X509* certificate, const Bytes& spki) {
    const unsigned char* from = spki.data();
    const KeyPointer key(d2i_PUBKEY(nullptr, &from, static_cast<long>(spki.size())));
    ACTLEDGER_ASSERT(key != nullptr && X509_set_pubkey(certificate, key.get()) == 1);
}

X509Pointer parse(const Certificate& certificate) {
    const Bytes& der = certificate.der();
    const unsigned char* from = der.data();
    X509Pointer x509(d2i_X509(nullptr, &from, static_cast<long>(der.size())));
    ACTLEDGER_ASSERT(x509 != nullptr);
    return x509;
}

/// Adds an extension in OpenSSL's configuration syntax (x509v3_config).
void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const ExtensionPointer extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    ACTLEDGER_ASSERT(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

X509Pointer begin_certificate(const Bytes& spki, std::string_view common_name, Validity validity) {
    X509Pointer certificate(X509_new());
    ACTLEDGER_ASSERT(certificate != nullptr && X509_set_version(certificate.get(), 2) == 1);
    set_serial(certificate.get());
    set_subject(certificate.get(), common_name);
    set_validity(certificate.get(), validity);
    set_key(certificate.get(), spki);
    return certificate;
}

/// Signs, and reads the result as strictly as anybody else will.
Certificate finish_certificate(X509* certificate, const PrivateKey& issuer_key) {
    ACTLEDGER_ASSERT(X509_sign(certificate, issuer_key.handle(), EVP_sha256()) > 0);
    return Certificate::from_der(encode_der(i2d_X509, certificate)).value();
}

Certificate issue_leaf(const Certificate& root, const PrivateKey& root_key, X509Pointer certificate,
                       const std::string& usages, const std::string& alternative_name) {
    ACTLEDGER_ASSERT(root.spki() == root_key.public_key().spki());
    const X509Pointer issuer = parse(root);
    ACTLEDGER_ASSERT(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get())) == 1);
    add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, usages);
    if (!alternative_name.empty()) {
        add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, alternative_name);
    }
    add_extension(certificate.get(), issuer.get(), NID_subject_key_identifier, "hash");
    add_extension(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid:always");
    return finish_certificate(certificate.get(), root_key);
}

}  // namespace

Certificate make_root_certificate(const PrivateKey& key, std::string_view common_name, Validity validity) {
    const X509Pointer certificate = begin_certificate(key.public_key().spki(), common_name, validity);
    ACTLEDGER_ASSERT(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1);
    add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
    return finish_certificate(certificate.get(), key);
}

Certificate issue_purpose_certificate(const Certificate& root, const PrivateKey& root_key, Purpose purpose,
                                      const PublicKey& subject_key, std::string_view common_name, Validity validity) {
    ACTLEDGER_ASSERT(purpose != Purpose::server);
    std::string usages(purpose_oid(purpose));
    if (purpose == Purpose::license_issuer) usages += "," + std::string(email_protection_oid);
    return issue_leaf(root, root_key, begin_certificate(subject_key.spki(), common_name, validity), usages, {});
}

Certificate issue_server_certificate(const Certificate& root, const PrivateKey& root_key, const PublicKey& server_key,
                                     std::string_view server_id) {
    return issue_leaf(root, root_key, begin_certificate(server_key.spki(), server_id, {root.not_before()}),
                      std::string(purpose_oid(Purpose::server)), "URI:" + server_uri(server_id));
}

}  // namespace ledger
