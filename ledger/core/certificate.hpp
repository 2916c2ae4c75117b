#pragma once
// ledger/core/certificate.hpp: X.509 certificates of the vendor's hierarchy, and the judgement of a chain. A chain is
// judged at the time of the act, for one purpose. Format and OIDs: docs/formats/certificates.md.

#include <array>
#include <optional>

#include "ledger/core/sizes.hpp"
#include "ledger/core/suite.hpp"

namespace ledger {

/// The project's private arc: 2.25.<a UUID> (ITU-T X.667). ADR: docs/adr/0005-private-oids.md.
#define ACTLEDGER_OID_ARC "2.25.274031556935164962146205830911425823721"

/// One private extended key usage each; a certificate is for exactly one. A licence issuer's certificate has
/// emailProtection besides, so that stock `openssl cms -verify` accepts what it signs.
enum class Purpose { license_issuer, package_signer, recovery_signer, server };
inline constexpr std::array all_purposes{Purpose::license_issuer, Purpose::package_signer, Purpose::recovery_signer,
                                         Purpose::server};
inline constexpr std::string_view email_protection_oid = "1.3.6.1.5.5.7.3.4";
[[nodiscard]] std::string_view purpose_oid(Purpose purpose);   ///< Dotted; ends in a NUL character.
[[nodiscard]] std::string_view purpose_name(Purpose purpose);  ///< "license-issuer"
/// "urn:actledger:server:<id>": how a certificate names its server. @pre 32 characters of base32 (asserted).
[[nodiscard]] std::string server_uri(std::string_view server_id);

constexpr std::size_t certificate_bytes_max = 8'192;
constexpr std::size_t chain_certificates_max = 4;
/// The latest "not after": 99991231235959Z, RFC 5280's "no well-defined expiration date".
constexpr Timestamp certificate_no_expiry{253'402'300'799'000'000};

/// Parsed DER certificate; immutable, cheap to copy.
class Certificate {
 public:
    /// Exactly one DER certificate, no trailing bytes, at most 8,192 bytes. @return errc::certificate_malformed
    [[nodiscard]] static Result<Certificate> from_der(ByteView der);
    /// PEM with exactly one certificate, as files hand it in: text around it is passed over, other PEM blocks are not.
    [[nodiscard]] static Result<Certificate> from_pem(std::string_view pem);
    [[nodiscard]] const Bytes& der() const;
    [[nodiscard]] std::string pem() const;
    [[nodiscard]] std::string subject() const;      ///< RFC 2253, for people.
    [[nodiscard]] std::string common_name() const;  ///< As it is; empty if there is none.
    [[nodiscard]] Digest fingerprint() const;       ///< SHA-256 of the DER.
    [[nodiscard]] const Bytes& spki() const;        ///< DER SubjectPublicKeyInfo, of any algorithm.
    [[nodiscard]] bool is_authority() const;        ///< basicConstraints CA:TRUE
    [[nodiscard]] Result<PublicKey> public_key(SuiteId suite) const;
    [[nodiscard]] Timestamp not_before() const;
    [[nodiscard]] Timestamp not_after() const;  ///< 99991231235959Z for "no expiry".
    [[nodiscard]] std::optional<Purpose> purpose() const;
    /// The server id in the subjectAltName (URI urn:actledger:server:<id>), for Purpose::server.
    [[nodiscard]] std::optional<std::string> server_id() const;

    struct Parsed;
    [[nodiscard]] const Parsed& parsed() const { return *parsed_; }

 private:
    explicit Certificate(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
    std::shared_ptr<const Parsed> parsed_;
};

/// Chain from leaf to root (X.509, RFC 5280 path validation with the clock set to `at`), and the leaf's purpose. The
/// leaf is no authority, the root is self-signed, and the path uses all of the chain in its order.
/// @param chain  leaf first, without the root; 1 to 4 certificates.
/// @return errc::certificate_untrusted (fact: subject), _wrong_purpose (subject, purpose), _not_valid_then (subject,
///         not_before, not_after, at). Trust is judged before purpose.
[[nodiscard]] Result<void> verify_chain(std::span<const Certificate> chain, const Certificate& root, Purpose purpose,
                                        Timestamp at);

}  // namespace ledger
