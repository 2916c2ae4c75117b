#pragma once
// ledger/license_file/certificate_issue.hpp: making the vendor's certificates. Profiles: docs/formats/certificates.md.

#include "ledger/core/certificate.hpp"
#include "ledger/license_file/private_key.hpp"

namespace ledger {

constexpr std::size_t certificate_name_bytes_max = 64;  ///< X.520's upper bound of a common name.

struct Validity {
    Timestamp not_before;  ///< Whole seconds.
    Timestamp not_after = certificate_no_expiry;
};

/// A self-signed root, for signing certificates only.
/// @param common_name  1 to 64 bytes of UTF-8 (asserted).
[[nodiscard]] Certificate make_root_certificate(const PrivateKey& key, std::string_view common_name, Validity validity);

/// A certificate for one vendor purpose over `subject_key`.
/// @pre purpose is not Purpose::server, which has a server id (asserted); root_key is the root's (asserted).
[[nodiscard]] Certificate issue_purpose_certificate(const Certificate& root, const PrivateKey& root_key,
                                                    Purpose purpose, const PublicKey& subject_key,
                                                    std::string_view common_name, Validity validity);

/// A server's certificate over its HSM key: valid from the root's beginning and without end, because clocks of servers
/// are not the vendor's, and an expired certificate must never stop a customer.
/// @pre server_id is 32 characters of base32 (asserted).
[[nodiscard]] Certificate issue_server_certificate(const Certificate& root, const PrivateKey& root_key,
                                                   const PublicKey& server_key, std::string_view server_id);

}  // namespace ledger
