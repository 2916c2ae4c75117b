#pragma once
// tools/issuer/issue.hpp: `actledger-issuer issue`: a request becomes a licence.

#include <optional>

#include "tools/issuer/vendor_folder.hpp"

namespace issuer {

struct IssueOptions {
    std::filesystem::path request;
    std::string product;                    ///< Empty: what the request asks for.
    std::optional<std::uint64_t> quantity;  ///< Nothing: what the request asks for.
    std::string valid_from;                 ///< "2026-01-31" or RFC 3339; empty: today.
    std::string valid_to;                   ///< The same, exclusive; empty: no end.
    std::string lease = "perpetual";        ///< or "days"
    std::uint32_t days = 30;
    std::optional<std::uint32_t> renew_after;  ///< Nothing: half of the days.
    std::uint32_t grace = 7;
    std::vector<std::string> components;  ///< Empty: the default five.
    std::uint32_t match = 3;
    std::vector<std::string> supersedes;
    std::string id;             ///< Empty: a new one.
    std::filesystem::path out;  ///< Empty: <id>.lic here.
    std::string issuer = "license-issuer";
};

/// Writes a licence and keeps a copy in the folder. When `out` or the copy of `id` already holds a licence that grants
/// the same, that one is given again.
/// @return errc::file_exists, license_id_used, value_wrong, foreign_identity, certificate_missing, root_missing;
///         license_file's errors
[[nodiscard]] ledger::Result<void> issue_license(const IssueOptions& options, VendorFolder& folder);

}  // namespace issuer
