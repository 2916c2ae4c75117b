#pragma once
// api/errc.hpp: what can go wrong between a client's request and the command it stands for. Messages: api/errc.cpp;
// HTTP status of every folder's errors: api/problem.cpp.

#include <system_error>

namespace ledger {
class MessageCategory;
}

namespace api {

enum class errc {
    // HTTP.
    malformed_request = 1,
    unknown_resource,
    method_not_allowed,
    not_acceptable,
    request_timeout,
    body_too_large,
    unsupported_media_type,
    header_too_large,
    rate_limited,
    internal_error,

    // The body and the query.
    malformed_json,
    unknown_member,  ///< of a JSON object or the query
    missing_member,
    wrong_type,
    invalid_value,

    // Who asks.
    credentials_missing,
    credentials_malformed,
    challenge_unusable,  ///< not ours, too old, or used before
    device_signature_bad,
    local_only,              ///< an administrator's request that came over the network
    authority_insufficient,  ///< for what needs two people; facts: authority

    // What the server can do now.
    not_initialised,
    starting,
    degraded,          ///< decides nothing new until the cause is gone, then resumes by itself; facts: reason
    needs_operator,    ///< decides nothing new until a person has acted; facts: reason
    log_file_unknown,  ///< under /log/; facts: path
    no_tls_proof,      ///< the certificate in use is not the one in the ledger

    // What the status warns of; service goes on.
    time_in_doubt,
    disk_nearly_full,  ///< facts: used_mib, free_mib

    // Witnesses.
    checkpoint_unknown,  ///< validly signed, and not part of this ledger's history

    // Start-up.
    listen_failed,
    tls_certificate_unusable,
    folder_not_writable,  ///< facts: folder, account, reason
};

/// The folder's messages.
const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace api

template <>
struct std::is_error_code_enum<api::errc> : std::true_type {};
