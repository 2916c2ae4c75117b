#pragma once
// tools/issuer/successors.hpp: which keys this folder has let take over from another one. Two for the same key would be
// two tokens that go on as one server.

#include "tools/issuer/vendor_folder.hpp"

namespace issuer {

/// One key and the one that takes over from it.
struct Succession {
    std::string server_id;
    ledger::Digest old_key;  ///< SHA-256 of the DER SubjectPublicKeyInfo, as `next` is.
    ledger::Digest next;
};

/// What was issued for the same old key and another next one: a re-endorsement, or a rotation's request. @return its
/// path; errc::kept_file_damaged; what reading a file returns
[[nodiscard]] ledger::Result<std::optional<std::filesystem::path>> find_other_reendorsement(const VendorFolder& folder,
                                                                                            const Succession& meant);
[[nodiscard]] ledger::Result<std::optional<std::filesystem::path>> find_other_rotation(const VendorFolder& folder,
                                                                                       const Succession& meant);

}  // namespace issuer
