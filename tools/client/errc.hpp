#pragma once
// tools/client/errc.hpp: what can go wrong for the activation client. Messages: tools/client/errc.cpp.

#include <system_error>

#include "ledger/core/message.hpp"

namespace client {

enum class errc {
    // What it was given.
    settings_malformed = 1,  ///< facts: file, line, key, problem
    address_malformed,       ///< facts: address
    no_servers,              ///< neither settings nor command line name one
    no_product,
    no_vendor_root,
    plain_http_refused,       ///< facts: address
    components_malformed,     ///< facts: file, line
    no_components,            ///< nothing of this machine could be read; facts: root
    enrolment_key_malformed,  ///< facts: file

    // The state folder.
    state_unusable,  ///< facts: folder, reason
    state_busy,      ///< another client process is at work; facts: folder
    key_damaged,     ///< facts: file
    not_activated,   ///< facts: folder

    // The file, judged.
    product_other,    ///< facts: product, wanted
    device_other,     ///< made for another machine; facts: agreeing, components
    server_other,     ///< of another server than the pinned one; facts: server_id, pinned
    lease_over,       ///< facts: lease_ends, grace_ends
    answer_mismatch,  ///< the answer and its file contradict each other; facts: field

    // The way to the server.
    server_unreachable,     ///< facts: server, reason
    server_silent,          ///< a phase took too long; facts: server, phase, seconds
    tls_failed,             ///< facts: server, reason
    tls_untrusted,          ///< facts: server, reason
    tls_proof_missing,      ///< facts: server
    tls_proof_other,        ///< the proof is for another certificate; facts: server
    tls_proof_outdated,     ///< older than one that was seen; facts: server
    redirect_refused,       ///< facts: server, status
    answer_malformed,       ///< facts: server, problem
    answer_too_large,       ///< facts: server, limit
    server_refused,         ///< problem+json; facts: server, sentence, remedy, code
    server_busy,            ///< the same, and trying again later helps; facts: as server_refused
    challenge_missing,      ///< a 401 without a usable challenge; facts: server
    device_key_lost,        ///< release needs the key that activated
    history_contradiction,  ///< two signed tree heads that are not of one history; facts: evidence
    interrupted,            ///< told to stop
    clock_differs,          ///< done by the server's clock, still due by this machine's; facts: now
};

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace client

template <>
struct std::is_error_code_enum<client::errc> : std::true_type {};
