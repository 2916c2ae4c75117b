#include "ledger/license_file/license_request.hpp"

#include "ledger/core/certificate.hpp"
#include "ledger/core/der.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/openssl_pointer.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_terms.hpp"

namespace ledger {
namespace {

using RequestPointer = OpenSslPointer<X509_REQ, X509_REQ_free>;

constexpr const char* oid_common_name = "2.5.4.3";
constexpr const char* oid_product = ACTLEDGER_OID_ARC ".5.1";
constexpr const char* oid_quantity = ACTLEDGER_OID_ARC ".5.2";
constexpr const char* oid_ecdsa_with_sha256 = "1.2.840.10045.4.3.2";
constexpr SuiteId request_suite = SuiteId::p256_sha256;
constexpr std::size_t server_id_length = 32;

Error malformed(std::string detail) { return {license_file::errc::request_malformed, std::move(detail)}; }

bool in_limits(const LicenseRequest& request) {
    return request.server_id.size() == server_id_length &&
           request.server_id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos &&
           is_license_name(request.product) && request.quantity >= 1 && request.quantity <= license_quantity_max;
}

Bytes attribute(const char* oid, const Bytes& value) {
    return der::value(der::tag_sequence, {der::object_identifier(oid), der::value(der::tag_set, value)});
}

/// CertificationRequestInfo: what is signed.
Bytes request_info(const LicenseRequest& request, const Bytes& spki) {
    const Bytes common_name =
        der::value(der::tag_sequence, {der::object_identifier(oid_common_name), der::utf8_string(request.server_id)});
    const Bytes subject = der::value(der::tag_sequence, der::value(der::tag_set, common_name));
    const Bytes attributes = der::set_contents({attribute(oid_product, der::utf8_string(request.product)),
                                                attribute(oid_quantity, der::integer(request.quantity))});
    return der::value(der::tag_sequence,
                      {der::integer(0), subject, spki, der::value(der::context_constructed(0), attributes)});
}

Bytes signed_request(const Bytes& info, ByteView signature) {
    return der::value(der::tag_sequence,
                      {info, der::value(der::tag_sequence, {der::object_identifier(oid_ecdsa_with_sha256)}),
                       der::bit_string(signature)});
}

std::string armoured(const Bytes& request) {
    const BioPointer out(BIO_new(BIO_s_mem()));
    ACTLEDGER_ASSERT(out != nullptr && PEM_write_bio(out.get(), PEM_STRING_X509_REQ, "", request.data(),
                                                     static_cast<long>(request.size())) > 0);
    return std::string(as_text(bio_contents(out.get())));
}

std::string string_text(const ASN1_STRING* string) {
    return std::string(as_text({ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))}));
}

/// The single value of an attribute, or nullptr.
const ASN1_TYPE* attribute_value(const X509_REQ* request, const char* oid) {
    const Asn1ObjectPointer object(OBJ_txt2obj(oid, 1));
    ACTLEDGER_ASSERT(object != nullptr);
    const int index = X509_REQ_get_attr_by_OBJ(request, object.get(), -1);
    X509_ATTRIBUTE* found = index < 0 ? nullptr : X509_REQ_get_attr(request, index);
    return X509_ATTRIBUTE_count(found) == 1 ? X509_ATTRIBUTE_get0_type(found, 0) : nullptr;
}

/// Takes out what is asked for; whether anything else is in the request is found by writing it again.
Result<LicenseRequest> read_fields(const X509_REQ* request) {
    LicenseRequest fields;
    const X509_NAME* subject = X509_REQ_get_subject_name(request);
    const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0) return malformed("no common name");
    fields.server_id = string_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    const ASN1_TYPE* product = attribute_value(request, oid_product);
    const ASN1_TYPE* quantity = attribute_value(request, oid_quantity);
    if (product == nullptr || product->type != V_ASN1_UTF8STRING || quantity == nullptr ||
        quantity->type != V_ASN1_INTEGER || ASN1_INTEGER_get_uint64(&fields.quantity, quantity->value.integer) != 1) {
        ERR_clear_error();
        return malformed("attributes");
    }
    fields.product = string_text(product->value.utf8string);
    if (!in_limits(fields)) return malformed("a field out of its limits");
    return fields;
}

}  // namespace

Result<std::string> make_license_request(const LicenseRequest& request, Signer& hsm) {
    ACTLEDGER_ASSERT(in_limits(request));
    const Bytes info = request_info(request, hsm.public_key().spki());
    ACTLEDGER_TRY(const Bytes signature, hsm.sign(info));
    return armoured(signed_request(info, signature));
}

Result<VerifiedRequest> verify_license_request(std::string_view req) {
    if (req.size() > license_request_bytes_max) return Error{ledger::errc::too_large};
    const BioPointer in = read_only_bio(as_bytes(req));
    const RequestPointer parsed(PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr));
    if (parsed == nullptr) return malformed(take_openssl_error());
    ACTLEDGER_TRY(LicenseRequest fields, read_fields(parsed.get()));
    const Bytes spki = encode_der(i2d_X509_PUBKEY, X509_REQ_get_X509_PUBKEY(parsed.get()));
    const auto key = PublicKey::from_spki(request_suite, spki);
    if (!key) return malformed("not a key of the suite");
    const ASN1_BIT_STRING* signature_bits = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    X509_REQ_get0_signature(parsed.get(), &signature_bits, &algorithm);
    const Bytes signature = copy(as_bytes(string_text(signature_bits)));
    const Bytes info = request_info(fields, spki);
    if (armoured(signed_request(info, signature)) != req) return malformed("not the one spelling of its content");
    if (!key->verify(info, signature)) {
        return Error{license_file::errc::request_signature_bad, {}, {{"server_id", fields.server_id}}};
    }
    return VerifiedRequest{std::move(fields), *key};
}

}  // namespace ledger
