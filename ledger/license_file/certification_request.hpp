#pragma once
// ledger/license_file/certification_request.hpp: PKCS#10 (RFC 2986) in the one shape that the ledger's request files
// have: PEM, the server id as common name, a key of the suite, and attributes of our own, signed by that key. Format:
// docs/formats/request.md. Private to this folder.

#include <optional>
#include <string>
#include <vector>

#include "ledger/core/signer.hpp"

namespace ledger {

/// An attribute with one value. @param oid  dotted. @param value  DER.
[[nodiscard]] Bytes request_attribute(const char* oid, const Bytes& value);

/// @param attributes  as request_attribute made them, in any order. @return the signer's errors
[[nodiscard]] Result<std::string> sign_certification_request(std::string_view server_id,
                                                             const std::vector<Bytes>& attributes, Signer& signer);

/// Taken apart; whether anything else is in it is found by writing it again (verify).
class CertificationRequest {
 public:
    /// @return license_file::errc::request_malformed; errc::too_large
    [[nodiscard]] static Result<CertificationRequest> parse(std::string_view pem, std::size_t bytes_max);

    [[nodiscard]] const std::string& server_id() const { return server_id_; }
    [[nodiscard]] const PublicKey& key() const { return key_; }
    [[nodiscard]] bool has(const char* oid) const;
    /// The value of an attribute that is there once and of this type; nothing otherwise.
    [[nodiscard]] std::optional<std::string> text(const char* oid) const;
    [[nodiscard]] std::optional<Bytes> octets(const char* oid) const;
    [[nodiscard]] std::optional<std::uint64_t> number(const char* oid) const;

    /// The request is what sign_certification_request writes for these attributes, and its key signed it.
    /// @return license_file::errc::request_malformed, request_signature_bad (server_id)
    [[nodiscard]] Result<void> verify(const std::vector<Bytes>& attributes) const;

 private:
    struct Attribute {
        std::string oid;
        int type = 0;
        Bytes value;  ///< Contents without tag and length.
    };
    [[nodiscard]] const Attribute* find(const char* oid) const;

    CertificationRequest(std::string pem, std::string server_id, PublicKey key)
        : pem_(std::move(pem)), server_id_(std::move(server_id)), key_(std::move(key)) {}

    std::string pem_;
    std::string server_id_;
    PublicKey key_;
    Bytes signature_;
    std::vector<Attribute> attributes_;
};

}  // namespace ledger
