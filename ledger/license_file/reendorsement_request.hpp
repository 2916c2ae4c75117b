#pragma once
// ledger/license_file/reendorsement_request.hpp: the .req file of a server that lost its key: a PKCS#10 request signed
// by the new key, naming the server, the key it replaces and the newest head that the ledger has. Format:
// docs/formats/request.md.

#include <optional>
#include <string>

#include "ledger/core/checkpoint.hpp"

namespace ledger {

constexpr std::size_t reendorsement_request_bytes_max = 8'192;

struct ReendorsementRequest {
    std::string server_id;
    Digest old_key;  ///< The suite's hash of the DER SubjectPublicKeyInfo of the key that is lost.
    /// Signed checkpoint: the newest that is known of the ledger, as the old key signed it. Empty: the log is lost, and
    /// no head of it is known.
    std::string head;
};

/// A request that proved possession of the new key. Whether the old key signed the head is the vendor's to find out,
/// who has that key's certificate.
struct VerifiedReendorsementRequest {
    ReendorsementRequest request;
    std::optional<SignedCheckpoint> head;  ///< Of the server's origin.
    PublicKey new_key;
};

/// Whether a request file claims to be one, whatever else is in it.
[[nodiscard]] bool is_reendorsement_request(std::string_view req);

/// @param hsm  the new key. Blocks as Signer::sign does.
/// @pre `head` is empty or a checkpoint of the server (asserted).
[[nodiscard]] Result<std::string> make_reendorsement_request(const ReendorsementRequest& request, Signer& hsm);

/// Strict: one spelling, up to the signature, which is verified by the key in the request.
/// @return license_file::errc::request_malformed, request_signature_bad; errc::too_large
[[nodiscard]] Result<VerifiedReendorsementRequest> verify_reendorsement_request(std::string_view req);

}  // namespace ledger
