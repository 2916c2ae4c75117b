#pragma once
// tools/issuer/revoke.hpp: `actledger-issuer revoke`: takes back licences and certificates.

#include "tools/issuer/vendor_folder.hpp"

namespace issuer {

enum class RecordCheck { insist, ignore };  ///< Whether a licence must be one that this folder issued.

struct RevokeOptions {
    std::vector<std::string> license_ids;
    std::vector<std::string> certificates;  ///< SHA-256 fingerprints in hex, colons allowed, or certificate files.
    std::string server_id;                  ///< Empty: for every server.
    std::string reason;
    std::string id;             ///< Empty: a new one.
    std::filesystem::path out;  ///< Empty: <id>.rev here.
    std::string issuer = "license-issuer";
    RecordCheck record_check = RecordCheck::insist;
};

/// @return errc::license_unknown, file_exists, value_wrong, certificate_missing, root_missing; license_file's errors
[[nodiscard]] ledger::Result<void> revoke(const RevokeOptions& options, VendorFolder& folder);

}  // namespace issuer
