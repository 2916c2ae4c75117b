#pragma once
// ledger/license_file/signed_message.hpp: CMS SignedData (RFC 5652) in the one shape that the ledger's files have:
// strict DER, attached content of type data, one ECDSA-SHA256 signer with the signed attributes content type, message
// digest and signing time, the issuer's chain embedded. Format: docs/formats/license.md. ADR:
// docs/adr/0006-strict-der.md.

#include "ledger/core/certificate.hpp"
#include "ledger/core/signer.hpp"

namespace ledger {

/// Taken apart, not verified.
struct SignedMessage {
    Bytes content;
    std::vector<Certificate> chain;  ///< The signer's first, then towards the root, which is not among them. 1 to 4.
    Digest content_digest;           ///< As signed; verify_signature compares it with the content.
    Timestamp signing_time;          ///< Whole seconds; an attribute that is signed.
    Bytes signature;                 ///< ECDSA-Sig-Value

    /// Strict: der() of the result is the input. @return errc::not_canonical, errc::too_large,
    /// errc::certificate_malformed
    [[nodiscard]] static Result<SignedMessage> parse(ByteView der, std::size_t bytes_max);
    [[nodiscard]] Bytes der() const;
    /// The signature is the first certificate's key's over content and signing time. Says nothing of the chain.
    /// @return errc::bad_signature
    [[nodiscard]] Result<void> verify_signature() const;
};

/// @pre chain.front() certifies the signer's key (asserted).
/// @return the signer's errors.
[[nodiscard]] Result<SignedMessage> sign_message(ByteView content, std::vector<Certificate> chain, Signer& signer,
                                                 Timestamp signing_time);

}  // namespace ledger
