#pragma once
// ledger/license_file/license_request.hpp: the .req file: a PKCS#10 request (RFC 2986) in PEM armour, signed by the HSM
// key, with what is asked for as attributes. Holds no personal data. Format: docs/formats/request.md.

#include <string>

#include "ledger/core/signer.hpp"

namespace ledger {

constexpr std::size_t license_request_bytes_max = 4'096;

struct LicenseRequest {
    std::string server_id;
    std::string product;         ///< The alphabet of licence names.
    std::uint64_t quantity = 0;  ///< 1 to license_quantity_max
};

/// A request that proved possession of its key.
struct VerifiedRequest {
    LicenseRequest request;
    PublicKey server_key;
};

/// @param hsm  the key that the licence shall be for. Blocks as Signer::sign does. The same request asked for again
///             differs in the signature alone.
/// @pre the fields are within their limits (asserted).
[[nodiscard]] Result<std::string> make_license_request(const LicenseRequest& request, Signer& hsm);

/// Strict: one spelling, up to the signature. Verifies the signature by the key in the request.
/// @return license_file::errc::request_malformed, request_signature_bad; errc::too_large
[[nodiscard]] Result<VerifiedRequest> verify_license_request(std::string_view req);

}  // namespace ledger
