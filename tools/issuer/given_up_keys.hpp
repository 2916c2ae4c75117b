#pragma once
// tools/issuer/given_up_keys.hpp: the keys that this folder certified for a server, and that are of the past once its
// log and its key are lost together: what a re-endorsement for a lost log names, so that nobody who has one of them can
// raise an alarm with it.

#include "tools/issuer/vendor_folder.hpp"

namespace issuer {

struct GivenUpKeys {
    std::vector<ledger::Digest> keys;             ///< As LostLogTerms has them.
    std::vector<std::filesystem::path> left_out;  ///< Certificates of others: the oldest, if there are too many.
};

/// All but the key that was lost last, which the log names by itself, and the one that takes over.
/// @return errc::kept_file_damaged; what reading the folder returns
[[nodiscard]] ledger::Result<GivenUpKeys> given_up_keys(const std::string& server_id, const ledger::Digest& old_key,
                                                        const ledger::Digest& new_key, const VendorFolder& folder);

}  // namespace issuer
