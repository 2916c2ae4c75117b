#pragma once
// ledger/license_file/revocation.hpp: the .rev file: the vendor takes back licences and certificates, by a CMS message
// over JSON, signed by a licence issuer. Format: docs/formats/revocation.md.

#include <optional>

#include "ledger/core/certificate.hpp"
#include "ledger/core/signer.hpp"

namespace ledger {

constexpr std::size_t revocation_bytes_max = 60'000;
constexpr std::size_t revocation_entries_max = 256;       ///< Of each list.
constexpr std::size_t revocation_reason_bytes_max = 512;  ///< UTF-8 without control characters.

struct Revocation {
    std::string revocation_id;  ///< The alphabet of licence ids.
    Timestamp issued_at;
    std::optional<std::string> server_id;  ///< Only for this server; nothing: for every one.
    std::vector<std::string> license_ids;
    std::vector<Digest> certificate_fingerprints;  ///< SHA-256 of DER certificates. One list or both are not empty.
    std::string reason;                            ///< For people; may be empty.
    bool operator==(const Revocation&) const = default;
};

[[nodiscard]] std::string revocation_json(const Revocation& revocation);
/// Strict, as for a licence's terms. Lists are sorted, nothing twice.
/// @return license_file::errc::revocation_malformed (fact: field)
[[nodiscard]] Result<Revocation> parse_revocation_json(std::string_view text);

struct VerifiedRevocation {
    Revocation revocation;
    Bytes revocation_bin;                   ///< The file: what an event keeps.
    std::vector<Certificate> issuer_chain;  ///< The issuer's certificate first.
};

/// Pure: needs only the root. The issuer is judged at the issue time.
/// @return license_file::errc::revocation_malformed, revocation_issuer_*, revocation_signature_bad
[[nodiscard]] Result<VerifiedRevocation> verify_revocation(ByteView rev, const Certificate& root);

/// @return license_file::errc::revocation_other_server
[[nodiscard]] Result<void> check_revocation_for_server(const Revocation& revocation, std::string_view server_id);

/// Makes a .rev. @return license_file::errc::revocation_malformed; the signer's errors
[[nodiscard]] Result<Bytes> make_revocation(const Revocation& revocation, std::vector<Certificate> issuer_chain,
                                            Signer& issuer);

}  // namespace ledger
