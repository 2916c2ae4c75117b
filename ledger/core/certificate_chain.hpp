#pragma once
// ledger/core/certificate_chain.hpp: a key's certificates as they travel and are kept, and the key that they certify
// for a server. Format: docs/formats/certificates.md.

#include "ledger/core/certificate.hpp"

namespace ledger {

/// PEM blocks one after the other, in the chain's order.
/// @param chain  DER, leaf first, without the root.
[[nodiscard]] std::string chain_pem(std::span<const Bytes> chain);
/// Strict: 1 to 4 certificates of at most 8,192 bytes each, and chain_pem() of the result is the input.
/// @return DER; errc::certificate_malformed
[[nodiscard]] Result<std::vector<Bytes>> read_chain_pem(std::string_view pem);

/// The key that the vendor has certified for a server. Server certificates have no end, so the chain is judged at the
/// time when it was made.
/// @param chain  DER, the server's first, without the root.
/// @return errc::certificate_malformed, certificate_untrusted, certificate_wrong_purpose, certificate_not_valid_then;
///         wrong_origin (facts: origin, expected) for another server's; what PublicKey::from_spki returns
[[nodiscard]] Result<PublicKey> certified_key(const Suite& suite, std::span<const Bytes> chain, const Certificate& root,
                                              std::string_view server_id);

}  // namespace ledger
