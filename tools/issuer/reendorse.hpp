#pragma once
// tools/issuer/reendorse.hpp: `actledger-issuer reendorse`: a server lost its key, and the vendor hands its ledger over
// to the one that made the request. Asked for again, the same thing is a success that changes nothing.

#include "tools/issuer/live_licenses.hpp"

namespace issuer {

enum class SecondKey { refuse, allow };  ///< What to do if another key was re-endorsed for the same lost one.

struct ReendorseOptions {
    std::filesystem::path request;
    std::string server_id;  ///< As the vendor knows it: the request must be of this server.
    std::string id;         ///< Empty: a new one.
    std::string issuer = "recovery-signer";
    std::filesystem::path out;  ///< Empty: the id, with .ree.
    SecondKey second_key = SecondKey::refuse;
    std::optional<LiveLicenseOptions> lost_log;  ///< The log is lost, too: what of its licences is vouched for.
};
/// @return what verify_reendorsement_request and live_licenses return; errc::server_differs, server_key_unknown,
///         request_head_wrong, request_without_head, key_not_new, key_given_up, reendorsed_before,
///         reendorsement_id_used, file_exists, certificate_missing
[[nodiscard]] ledger::Result<void> reendorse(const ReendorseOptions& options, VendorFolder& folder);

}  // namespace issuer
