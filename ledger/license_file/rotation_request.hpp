#pragma once
// ledger/license_file/rotation_request.hpp: the .req file of a server whose key is to be replaced while it is there: a
// PKCS#10 request signed by the next key, with the note by which the present one hands over to it. Format:
// docs/formats/request.md.

#include <string>

#include "ledger/core/key_hand_over.hpp"

namespace ledger {

constexpr std::size_t rotation_request_bytes_max = 4'096;

/// A request that proved possession of the next key, and names it in the note. Whether the present key signed that is
/// the vendor's to find out, who has its certificate.
struct VerifiedRotationRequest {
    std::string server_id;
    SignedHandOver hand_over;  ///< Of the server's origin, to the next key.
    PublicKey next_key;
};

/// Whether a request file claims to be one, whatever else is in it.
[[nodiscard]] bool is_rotation_request(std::string_view req);

/// @param hand_over  a note that names the next key (asserted).
/// @param next       the next key. Blocks as Signer::sign does.
[[nodiscard]] Result<std::string> make_rotation_request(const std::string& hand_over, Signer& next);

/// Strict: one spelling, up to the signature, which is verified by the key in the request.
/// @return license_file::errc::request_malformed, request_signature_bad; errc::too_large
[[nodiscard]] Result<VerifiedRotationRequest> verify_rotation_request(std::string_view req);

}  // namespace ledger
