#pragma once
// tools/issuer/live_licenses.hpp: the licences of a server that are live, as the vendor's folder knows: what a
// re-endorsement for a lost log vouches for.

#include "ledger/license_file/reendorsement.hpp"
#include "tools/issuer/vendor_folder.hpp"

namespace issuer {

using LiveLicenses = std::vector<ledger::LostLogTerms::License>;

struct LiveLicenseOptions {
    std::vector<std::string> license_ids;  ///< Only these; empty: all of the server's that are live.
    std::vector<std::string> left_out;     ///< Live, and not these: they can never be imported again.
    std::vector<std::string> open;         ///< "<licence id>=<seats>": seats that nobody has; else 0.
};

/// Neither superseded by a licence that was issued for the server, nor revoked for it, nor resting on a certificate
/// that is. Ascending by id. Each one that is live is asked for or left out: none is forgotten.
/// @return errc::license_unknown, license_not_live, license_left_out, no_live_license, live_licenses_too_many,
/// value_wrong; what reading the folder returns
[[nodiscard]] ledger::Result<LiveLicenses> live_licenses(const std::string& server_id,
                                                         const LiveLicenseOptions& options, const VendorFolder& folder);

/// Whether the folder has revoked this certificate for the server. @return what reading the folder returns
[[nodiscard]] ledger::Result<bool> is_revoked(const ledger::Certificate& certificate, const std::string& server_id,
                                              const VendorFolder& folder);

}  // namespace issuer
