#pragma once
// api/server/tls_identity.hpp: the certificate and key that the server shows its clients, from files, or made by itself
// on the first start. A self-made one is trusted by proof (GET /v1/tls-proof), not by its issuer.
// ADR: docs/adr/0014-tls.md.

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ledger/core/bytes.hpp"

namespace api {

struct TlsIdentity {
    std::string certificate_pem;  ///< The server's certificate first, then its chain.
    std::string key_pem;          ///< Secret: never logged.
    ledger::Digest fingerprint;   ///< SHA-256 of the server's certificate as DER.
};

/// @return errc::tls_certificate_unusable (facts: path, problem): unreadable, not a certificate, or not its key.
[[nodiscard]] ledger::Result<TlsIdentity> load_tls_identity(const std::filesystem::path& certificate,
                                                            const std::filesystem::path& key);

/// Loads "tls.crt" and "tls.key" of the folder, or makes both: ECDSA P-256, self-signed, without an end. The key's file
/// has mode 0600; both are synced, the certificate last, so that an interrupted start makes them anew.
/// @param names  DNS names and IP addresses of the subjectAltName; for a new certificate only.
/// @return errc::folder_not_writable: of another account; errc::tls_certificate_unusable
[[nodiscard]] ledger::Result<TlsIdentity> load_or_make_tls_identity(const std::filesystem::path& folder,
                                                                    const std::vector<std::string>& names);

/// This machine's host name, "localhost", and the addresses of its interfaces.
[[nodiscard]] std::vector<std::string> local_names();

/// TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only.
[[nodiscard]] ledger::Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsIdentity& identity);

}  // namespace api
