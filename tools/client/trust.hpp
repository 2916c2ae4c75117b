#pragma once
// tools/client/trust.hpp: whether the server at the other end of a TLS connection is one that may be told secrets.
// Either a CA says so, or the ledger does: a proof, under the vendor's root, that the fingerprint of exactly this
// certificate was logged by exactly this server. Pure; the proof is fetched by the caller over the connection in doubt.
// ADR: docs/adr/0017-trust-by-proof.md.

#include <string>

#include "ledger/core/activation_file.hpp"
#include "tools/client/https_client.hpp"
#include "tools/client/settings.hpp"
#include "tools/client/state_folder.hpp"

namespace client {

/// What a proof establishes.
struct ProvenCertificate {
    std::string server_id;
    TlsPin pin;  ///< To be remembered for this address.
};

/// @param proof      text of GET /v1/tls-proof: a tlog-proof of a TlsCertificateChanged.
/// @param peer_der   the certificate that the peer has shown to hold the key of.
/// @param server_id  the one wanted; empty: any under this root (first use).
/// @param floor      the newest proof accepted from this address before: an older one is of a replaced certificate.
/// @return errc::tls_proof_other, errc::tls_proof_outdated, errc::server_other, or what verify_logged_event finds.
[[nodiscard]] ledger::Result<ProvenCertificate> check_tls_proof(std::string_view proof, ledger::ByteView peer_der,
                                                                const ledger::Certificate& root,
                                                                const std::string& server_id, const TlsPin& floor,
                                                                const std::string& address);

enum class TrustStep { trusted, ask_for_proof };
/// What the CA's judgement means under this setting. Plain HTTP has no certificate: trusted, if it was allowed.
/// @return errc::tls_untrusted, errc::plain_http_refused
[[nodiscard]] ledger::Result<TrustStep> judge_peer(const ServerAddress& address,
                                                   const std::optional<PeerCertificate>& peer,
                                                   const Settings& settings);

}  // namespace client
