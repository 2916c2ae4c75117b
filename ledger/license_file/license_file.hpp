#pragma once
// ledger/license_file/license_file.hpp: judging a licence in two steps. What needs only the vendor's root (parse,
// chain, signature, terms) is pure; what depends on the ledger's state takes plain facts. And making one. Format:
// docs/formats/license.md.

#include <optional>

#include "ledger/core/certificate.hpp"
#include "ledger/core/signer.hpp"
#include "ledger/license_file/license_terms.hpp"

namespace ledger {

/// A licence whose signature, chain and terms are good. Whether this server can take it is another question.
struct VerifiedLicense {
    LicenseTerms terms;
    Bytes license_bin;                      ///< What an event keeps, byte for byte.
    std::vector<Certificate> issuer_chain;  ///< The issuer's certificate first.
    Certificate server_certificate;         ///< terms.server_certificate, verified under the root.
};

/// license.bin alone, as an event keeps it. The issuer's certificate is judged at the terms' issue time, which is also
/// the signing time; the server certificate likewise, and it is over the terms' server id and key.
/// @return license_file::errc::license_malformed, license_issuer_*, license_signature_bad, terms_malformed,
///         quantity_out_of_range, server_certificate_wrong
[[nodiscard]] Result<VerifiedLicense> verify_license_bin(ByteView license_bin, const Certificate& root);

/// A .lic: the archive, then as verify_license_bin, then that `info` is the signed text.
/// @return besides: license_file::errc::not_zip, archive_damaged, entry_*, info_differs; errc::too_large
[[nodiscard]] Result<VerifiedLicense> verify_license(ByteView lic, const Certificate& root);

/// What the ledger knows that decides whether a verified licence can be taken. Plain values.
struct LicenseFacts {
    struct Superseded {
        std::string license_id;
        std::string by;  ///< The licence that names it.
    };
    struct RevokedLicense {
        std::string license_id;
        std::string by;  ///< Revocation id.
    };
    struct RevokedCertificate {
        Digest fingerprint;
        std::string by;  ///< Revocation id.
    };
    std::string server_id;
    std::vector<Bytes> server_keys;  ///< DER SubjectPublicKeyInfo of each key epoch, the present one last; 1 or more.
    /// Ledger time; nothing while time is in doubt, and then no refusal for a date is given (invariant L11).
    std::optional<Timestamp> now;
    std::vector<Superseded> superseded;
    std::vector<RevokedLicense> revoked_licenses;
    std::vector<RevokedCertificate> revoked_certificates;
    std::optional<VouchedLicenses> vouched;  ///< Only of a ledger whose log and key were lost together.
    std::vector<Digest> anchored;            ///< Terms that an anchor names as live; good whichever key they name.
};

/// The first that holds, in this order, is the refusal. Same id with other bytes is the caller's to find.
/// @return license_file::errc::other_server, not_vouched, vouched_otherwise, other_server_key (unless it is vouched
///         for, or anchored), revoked, certificate_revoked, superseded, not_yet_valid (now < valid_from), expired
///         (valid_to <= now)
[[nodiscard]] Result<void> check_license_for_server(const VerifiedLicense& license, const LicenseFacts& facts);

/// Both steps: what an import does.
[[nodiscard]] Result<VerifiedLicense> judge_license(ByteView lic, const Certificate& root, const LicenseFacts& facts);

/// The root that somebody presents must be the one that the genesis event pins; the same one again is a success.
/// @return license_file::errc::root_differs
[[nodiscard]] Result<void> check_root(const Certificate& presented, const Certificate& pinned);

/// Makes a .lic. The terms are checked by reading them back.
/// @param issuer_chain  issuer's certificate first, without the root.
/// @return license_file::errc::terms_malformed, quantity_out_of_range; the signer's errors
[[nodiscard]] Result<Bytes> make_license(const LicenseTerms& terms, std::vector<Certificate> issuer_chain,
                                         Signer& issuer);

}  // namespace ledger
