#pragma once
// ledger/core/certificate.hpp: X.509 certificates of the vendor's hierarchy, and the judgement of a chain. A chain is
// judged at the time of the act, for one purpose. Format and OIDs: docs/formats/certificates.md.

#include <optional>

#include "ledger/core/sizes.hpp"
#include "ledger/core/suite.hpp"

namespace ledger {

/// One private extended key usage each; a certificate is for exactly one.
enum class Purpose { license_issuer, package_signer, recovery_signer, server };

/// Parsed DER certificate; immutable, cheap to copy.
class Certificate {
 public:
    /// Exactly one DER certificate, no trailing bytes, at most 8,192 bytes. @return errc::certificate_malformed
    [[nodiscard]] static Result<Certificate> from_der(ByteView der);
    /// PEM with exactly one certificate, as files hand it in.
    [[nodiscard]] static Result<Certificate> from_pem(std::string_view pem);
    [[nodiscard]] const Bytes& der() const;
    [[nodiscard]] std::string pem() const;
    [[nodiscard]] std::string subject() const;     ///< RFC 2253, for people.
    [[nodiscard]] Digest fingerprint() const;      ///< SHA-256 of the DER.
    [[nodiscard]] Result<PublicKey> public_key(SuiteId suite) const;
    [[nodiscard]] Timestamp not_before() const;
    [[nodiscard]] Timestamp not_after() const;     ///< 99991231235959Z for "no expiry".
    [[nodiscard]] std::optional<Purpose> purpose() const;
    /// The server id in the subjectAltName (URI urn:actledger:server:<id>), for Purpose::server.
    [[nodiscard]] std::optional<std::string> server_id() const;

    struct Parsed;
    [[nodiscard]] const Parsed& parsed() const { return *parsed_; }

 private:
    explicit Certificate(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
    std::shared_ptr<const Parsed> parsed_;
};

/// Chain from leaf to root (X.509, RFC 5280 path validation with the clock set to `at`), and the leaf's purpose.
/// @param chain  leaf first, without the root; 1 to 4 certificates.
/// @return errc::certificate_untrusted, _wrong_purpose, _not_valid_then (facts: subject, not_before, not_after, at)
[[nodiscard]] Result<void> verify_chain(std::span<const Certificate> chain, const Certificate& root, Purpose purpose,
                                        Timestamp at);

}  // namespace ledger
