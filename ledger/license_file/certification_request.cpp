#include "ledger/license_file/certification_request.hpp"

#include <algorithm>

#include "ledger/core/checkpoint.hpp"
#include "ledger/core/der.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/openssl_pointer.hpp"
#include "ledger/license_file/errc.hpp"

namespace ledger {
namespace {

using RequestPointer = OpenSslPointer<X509_REQ, X509_REQ_free>;

constexpr const char* oid_common_name = "2.5.4.3";
constexpr const char* oid_ecdsa_with_sha256 = "1.2.840.10045.4.3.2";
constexpr SuiteId request_suite = SuiteId::p256_sha256;
constexpr int attributes_max = 8;
constexpr std::size_t number_bytes_max = 8;

Error malformed(std::string detail) { return {license_file::errc::request_malformed, std::move(detail)}; }

/// CertificationRequestInfo: what is signed.
Bytes request_info(std::string_view server_id, const Bytes& spki, const std::vector<Bytes>& attributes) {
    const Bytes common_name =
        der::value(der::tag_sequence, {der::object_identifier(oid_common_name), der::utf8_string(server_id)});
    const Bytes subject = der::value(der::tag_sequence, der::value(der::tag_set, common_name));
    return der::value(der::tag_sequence, {der::integer(0), subject, spki,
                                          der::value(der::context_constructed(0), der::set_contents(attributes))});
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

Bytes string_bytes(const ASN1_STRING* string) {
    return copy({ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))});
}

std::string dotted(const ASN1_OBJECT* object) {
    std::array<char, 128> text{};
    const int size = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
    return size > 0 && static_cast<std::size_t>(size) < text.size() ? std::string(text.data()) : std::string();
}

}  // namespace

Bytes request_attribute(const char* oid, const Bytes& value) {
    return der::value(der::tag_sequence, {der::object_identifier(oid), der::value(der::tag_set, value)});
}

Result<std::string> sign_certification_request(std::string_view server_id, const std::vector<Bytes>& attributes,
                                               Signer& signer) {
    const Bytes info = request_info(server_id, signer.public_key().spki(), attributes);
    ACTLEDGER_TRY(const Bytes signature, signer.sign(info));
    return armoured(signed_request(info, signature));
}

Result<CertificationRequest> CertificationRequest::parse(std::string_view pem, std::size_t bytes_max) {
    if (pem.size() > bytes_max) return Error{ledger::errc::too_large};
    const BioPointer in = read_only_bio(as_bytes(pem));
    const RequestPointer parsed(PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr));
    if (parsed == nullptr) return malformed(take_openssl_error());
    const X509_NAME* subject = X509_REQ_get_subject_name(parsed.get());
    const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0) return malformed("no common name");
    std::string server_id(as_text(string_bytes(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)))));
    if (!is_server_id(server_id)) return malformed("the common name is no server id");
    auto key = PublicKey::from_spki(request_suite, encode_der(i2d_X509_PUBKEY, X509_REQ_get_X509_PUBKEY(parsed.get())));
    if (!key) return malformed("not a key of the suite");
    CertificationRequest request(std::string(pem), std::move(server_id), *std::move(key));
    const ASN1_BIT_STRING* signature = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    X509_REQ_get0_signature(parsed.get(), &signature, &algorithm);
    request.signature_ = string_bytes(signature);
    const int count = X509_REQ_get_attr_count(parsed.get());
    if (count > attributes_max) return malformed("attributes");
    for (int i = 0; i < count; ++i) {
        X509_ATTRIBUTE* found = X509_REQ_get_attr(parsed.get(), i);
        const ASN1_TYPE* value = X509_ATTRIBUTE_count(found) == 1 ? X509_ATTRIBUTE_get0_type(found, 0) : nullptr;
        const bool is_string =
            value != nullptr &&
            (value->type == V_ASN1_UTF8STRING || value->type == V_ASN1_OCTET_STRING || value->type == V_ASN1_INTEGER);
        if (!is_string) return malformed("attributes");
        request.attributes_.push_back(
            {dotted(X509_ATTRIBUTE_get0_object(found)), value->type, string_bytes(value->value.asn1_string)});
    }
    return request;
}

const CertificationRequest::Attribute* CertificationRequest::find(const char* oid) const {
    const auto found = std::ranges::find(attributes_, std::string_view(oid), &Attribute::oid);
    return found == attributes_.end() ? nullptr : &*found;
}

bool CertificationRequest::has(const char* oid) const { return find(oid) != nullptr; }

std::optional<std::string> CertificationRequest::text(const char* oid) const {
    const Attribute* found = find(oid);
    if (found == nullptr || found->type != V_ASN1_UTF8STRING) return std::nullopt;
    return std::string(as_text(found->value));
}

std::optional<Bytes> CertificationRequest::octets(const char* oid) const {
    const Attribute* found = find(oid);
    if (found == nullptr || found->type != V_ASN1_OCTET_STRING) return std::nullopt;
    return found->value;
}

std::optional<std::uint64_t> CertificationRequest::number(const char* oid) const {
    const Attribute* found = find(oid);
    if (found == nullptr || found->type != V_ASN1_INTEGER || found->value.size() > number_bytes_max) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    for (const std::uint8_t byte : found->value) number = number << 8 | byte;
    return number;
}

Result<void> CertificationRequest::verify(const std::vector<Bytes>& attributes) const {
    const Bytes info = request_info(server_id_, key_.spki(), attributes);
    if (armoured(signed_request(info, signature_)) != pem_) return malformed("not the one spelling of its content");
    if (!key_.verify(info, signature_)) {
        return Error{license_file::errc::request_signature_bad, {}, {{"server_id", server_id_}}};
    }
    return {};
}

}  // namespace ledger
