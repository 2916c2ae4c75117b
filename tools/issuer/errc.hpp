#pragma once
// tools/issuer/errc.hpp: what the vendor's program refuses by itself. Messages: errc.cpp.

#include <system_error>

#include "ledger/core/message.hpp"

namespace issuer {

enum class errc {
    root_missing = 1,     ///< folder
    root_exists,          ///< folder, subject
    certificate_missing,  ///< file, purpose
    certificate_exists,   ///< file
    file_exists,          ///< path
    license_id_used,      ///< license_id
    license_unknown,      ///< license_id
    foreign_identity,     ///< server_id, key_fingerprint, derived_id
    passphrase_short,     ///< minimum
    passphrases_differ,
    passphrase_file,         ///< path
    value_wrong,             ///< option, value, expected
    file_unknown,            ///< path
    server_differs,          ///< server_id, meant
    server_key_unknown,      ///< server_id, key_fingerprint
    server_key_revoked,      ///< its certificate; server_id, key_fingerprint
    request_head_wrong,      ///< server_id
    key_not_new,             ///< key_fingerprint
    reendorsed_before,       ///< server_id, path
    key_given_up,            ///< key_fingerprint, path
    reendorsement_id_used,   ///< reendorsement_id
    hand_over_wrong,         ///< server_id
    succeeded_before,        ///< server_id, path
    request_without_head,    ///< server_id
    license_not_live,        ///< license_id, reason
    license_left_out,        ///< license_ids
    no_live_license,         ///< server_id
    live_licenses_too_many,  ///< count, limit
    kept_file_damaged,       ///< path, reason
};

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace issuer

template <>
struct std::is_error_code_enum<issuer::errc> : std::true_type {};
