#include "ledger/license_file/signed_message.hpp"

#include <openssl/cms.h>

#include <algorithm>
#include <ctime>

#include "ledger/core/der.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/openssl_pointer.hpp"

namespace ledger {
namespace {

using CmsPointer = OpenSslPointer<CMS_ContentInfo, CMS_ContentInfo_free>;
struct FreeCertificates {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using CertificateStack = std::unique_ptr<STACK_OF(X509), FreeCertificates>;

constexpr const char* oid_data = "1.2.840.113549.1.7.1";
constexpr const char* oid_signed_data = "1.2.840.113549.1.7.2";
constexpr const char* oid_content_type = "1.2.840.113549.1.9.3";
constexpr const char* oid_message_digest = "1.2.840.113549.1.9.4";
constexpr const char* oid_signing_time = "1.2.840.113549.1.9.5";
// The vendor's files have their own suite, which is named in each of them; it need not be the ledger's.
constexpr SuiteId vendor_suite = SuiteId::p256_sha256;
constexpr const char* oid_sha256 = "2.16.840.1.101.3.4.2.1";
constexpr const char* oid_ecdsa_with_sha256 = "1.2.840.10045.4.3.2";

Error malformed(std::string detail) { return {errc::not_canonical, "CMS: " + std::move(detail)}; }

Bytes digest_algorithm() { return der::value(der::tag_sequence, {der::object_identifier(oid_sha256)}); }

Bytes attribute(const char* oid, const Bytes& value) {
    return der::value(der::tag_sequence, {der::object_identifier(oid), der::value(der::tag_set, value)});
}

/// The contents of the set of signed attributes; its tag is SET when it is signed, and [0] where it stands.
Bytes signed_attributes(const Digest& content_digest, Timestamp signing_time) {
    return der::set_contents({attribute(oid_content_type, der::object_identifier(oid_data)),
                              attribute(oid_message_digest, der::value(der::tag_octet_string, content_digest.view())),
                              attribute(oid_signing_time, der::time(signing_time))});
}

Bytes signer_identifier(const Certificate& signer) {
    const unsigned char* from = signer.der().data();
    const X509Pointer x509(d2i_X509(nullptr, &from, static_cast<long>(signer.der().size())));
    ACTLEDGER_ASSERT(x509 != nullptr);
    return der::value(der::tag_sequence, {encode_der(i2d_X509_NAME, X509_get_issuer_name(x509.get())),
                                          encode_der(i2d_ASN1_INTEGER, X509_get0_serialNumber(x509.get()))});
}

Digest content_digest_of(ByteView content) { return find_suite(vendor_suite)->hash(content); }

Result<Timestamp> read_signing_time(const CMS_SignerInfo* signer) {
    const int index = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
    X509_ATTRIBUTE* found = CMS_signed_get_attr(signer, index);
    const ASN1_TYPE* type = X509_ATTRIBUTE_count(found) == 1 ? X509_ATTRIBUTE_get0_type(found, 0) : nullptr;
    if (type == nullptr || (type->type != V_ASN1_UTCTIME && type->type != V_ASN1_GENERALIZEDTIME)) {
        return malformed("signing time");
    }
    std::tm fields{};
    if (ASN1_TIME_to_tm(type->value.asn1_string, &fields) != 1) return malformed("signing time");
    return Timestamp{static_cast<std::int64_t>(timegm(&fields)) * second.us};
}

Result<Digest> read_content_digest(const CMS_SignerInfo* signer) {
    const int index = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_messageDigest, -1);
    X509_ATTRIBUTE* found = CMS_signed_get_attr(signer, index);
    const ASN1_TYPE* type = X509_ATTRIBUTE_count(found) == 1 ? X509_ATTRIBUTE_get0_type(found, 0) : nullptr;
    if (type == nullptr || type->type != V_ASN1_OCTET_STRING ||
        ASN1_STRING_length(type->value.octet_string) != static_cast<int>(Digest::size_bytes)) {
        return malformed("message digest");
    }
    return Digest::from({ASN1_STRING_get0_data(type->value.octet_string), Digest::size_bytes});
}

/// Certificates in a CMS message are a set; the chain is found by following issuers from the signer's.
Result<std::vector<Certificate>> read_chain(CMS_ContentInfo* cms, CMS_SignerInfo* signer) {
    const CertificateStack stack(CMS_get1_certs(cms));
    const int count = stack == nullptr ? 0 : sk_X509_num(stack.get());
    if (count < 1 || static_cast<std::size_t>(count) > chain_certificates_max) return malformed("1 to 4 certificates");
    std::vector<X509*> rest;
    X509* next = nullptr;
    for (int i = 0; i < count; ++i) {
        X509* certificate = sk_X509_value(stack.get(), i);
        if (next == nullptr && CMS_SignerInfo_cert_cmp(signer, certificate) == 0) {
            next = certificate;
        } else {
            rest.push_back(certificate);
        }
    }
    std::vector<Certificate> chain;
    while (next != nullptr) {
        ACTLEDGER_TRY(Certificate certificate, Certificate::from_der(encode_der(i2d_X509, next)));
        chain.push_back(std::move(certificate));
        const X509_NAME* issuer = X509_get_issuer_name(next);
        if (X509_NAME_cmp(X509_get_subject_name(next), issuer) == 0) return malformed("a root among the certificates");
        const auto found = std::find_if(rest.begin(), rest.end(), [issuer](const X509* candidate) {
            return X509_NAME_cmp(X509_get_subject_name(candidate), issuer) == 0;
        });
        next = found == rest.end() ? nullptr : *found;
        if (next != nullptr) rest.erase(found);
    }
    if (chain.empty() || !rest.empty()) return malformed("certificates that are not the signer's chain");
    return chain;
}

}  // namespace

Result<SignedMessage> SignedMessage::parse(ByteView der, std::size_t bytes_max) {
    if (der.size() > bytes_max) return Error{errc::too_large};
    ACTLEDGER_CHECK(der::check(der));
    const unsigned char* from = der.data();
    const CmsPointer cms(d2i_CMS_ContentInfo(nullptr, &from, static_cast<long>(der.size())));
    if (cms == nullptr) return malformed(take_openssl_error());
    if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed) return malformed("not SignedData");
    ASN1_OCTET_STRING** content = CMS_get0_content(cms.get());
    const STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(cms.get());
    if (content == nullptr || *content == nullptr || sk_CMS_SignerInfo_num(signers) != 1) {
        ERR_clear_error();
        return malformed("attached content and exactly one signer");
    }
    CMS_SignerInfo* signer = sk_CMS_SignerInfo_value(signers, 0);
    const ASN1_OCTET_STRING* signature = CMS_SignerInfo_get0_signature(signer);

    SignedMessage message;
    message.content = copy({ASN1_STRING_get0_data(*content), static_cast<std::size_t>(ASN1_STRING_length(*content))});
    message.signature =
        copy({ASN1_STRING_get0_data(signature), static_cast<std::size_t>(ASN1_STRING_length(signature))});
    ACTLEDGER_TRY(message.signing_time, read_signing_time(signer));
    ACTLEDGER_TRY(message.content_digest, read_content_digest(signer));
    ACTLEDGER_TRY(message.chain, read_chain(cms.get(), signer));
    // Everything that is not in the fields above has one spelling.
    if (!equal(message.der(), der)) return malformed("not the one encoding of its content");
    return message;
}

Bytes SignedMessage::der() const {
    ACTLEDGER_ASSERT(!chain.empty());
    std::vector<Bytes> certificates;
    for (const Certificate& certificate : chain) certificates.push_back(certificate.der());
    const Bytes signer_info = der::value(
        der::tag_sequence, {der::integer(1), signer_identifier(chain.front()), digest_algorithm(),
                            der::value(der::context_constructed(0), signed_attributes(content_digest, signing_time)),
                            der::value(der::tag_sequence, {der::object_identifier(oid_ecdsa_with_sha256)}),
                            der::value(der::tag_octet_string, signature)});
    const Bytes signed_data =
        der::value(der::tag_sequence,
                   {der::integer(1), der::value(der::tag_set, digest_algorithm()),
                    der::value(der::tag_sequence,
                               {der::object_identifier(oid_data),
                                der::value(der::context_constructed(0), der::value(der::tag_octet_string, content))}),
                    der::value(der::context_constructed(0), der::set_contents(std::move(certificates))),
                    der::value(der::tag_set, signer_info)});
    return der::value(der::tag_sequence,
                      {der::object_identifier(oid_signed_data), der::value(der::context_constructed(0), signed_data)});
}

Result<void> SignedMessage::verify_signature() const {
    ACTLEDGER_ASSERT(!chain.empty());
    if (content_digest_of(content) != content_digest) return Error{errc::bad_signature, "CMS: message digest"};
    ACTLEDGER_TRY(const PublicKey key, chain.front().public_key(vendor_suite));
    return key.verify(der::value(der::tag_set, signed_attributes(content_digest, signing_time)), signature);
}

Result<SignedMessage> sign_message(ByteView content, std::vector<Certificate> chain, Signer& signer,
                                   Timestamp signing_time) {
    ACTLEDGER_ASSERT(!chain.empty() && chain.front().spki() == signer.public_key().spki());
    SignedMessage message;
    message.content = copy(content);
    message.content_digest = content_digest_of(content);
    message.chain = std::move(chain);
    message.signing_time = signing_time;
    ACTLEDGER_TRY(message.signature,
                  signer.sign(der::value(der::tag_set, signed_attributes(message.content_digest, signing_time))));
    return message;
}

}  // namespace ledger
