#pragma once
// hsm/errc.hpp: what can go wrong with the token, its module, its PIN and the process that holds them.
// Messages: hsm/errc.cpp.

#include <system_error>

namespace ledger {
class MessageCategory;
}

namespace hsm {

enum class errc {
    // What the operator wrote.
    uri_malformed = 1,  ///< not an RFC 7512 URI
    uri_unsupported,    ///< an attribute that this program does not act on
    pin_in_uri,         ///< pin-value: a PIN never stands in a URI
    pin_missing,        ///< no source names a PIN
    pin_unreadable,     ///< the source names a file that cannot be read, or that holds no PIN
    pin_file_exposed,   ///< everybody on the machine can read the file
    not_a_terminal,     ///< a prompt was asked for, and nobody is there

    // The child process and the module in it.
    worker_not_started,
    worker_died,      ///< the child ended in mid-request: the module crashed
    worker_protocol,  ///< an answer that is not of hsm/worker.capnp
    module_not_loaded,
    not_responding,  ///< no answer within the deadline; the child was killed
    busy,            ///< the token is held by another request; nothing was sent

    // The token.
    token_not_found,
    token_ambiguous,  ///< more than one token matches
    token_gone,       ///< was there, and is not any more
    token_failed,     ///< a PKCS#11 error that has no name here (facts: function, return_value)
    no_free_slot,     ///< nothing to initialise
    pin_wrong,        ///< refused by the token; not tried again without a person
    pin_known_wrong,  ///< the token refused this same PIN before; not tried
    pin_locked,
    pin_not_set,          ///< initialising the token was interrupted
    state_folder_failed,  ///< where refused PINs are remembered cannot be read or written

    // The key and what it makes.
    key_not_found,
    key_ambiguous,  ///< two keys of one label
    key_unusable,   ///< not a P-256 key
    wrong_key,      ///< a key of this label that is not this ledger's
    bad_signature,  ///< the token signed, and the signature does not verify
    not_ready,      ///< starting, or stopping

    // Anchors.
    anchor_too_large,
    anchor_full,             ///< more licences than an anchor holds
    anchor_lost,             ///< a used key without an anchor
    anchor_version_unknown,  ///< there is one, in a form that a newer version writes
    anchor_folder_failed,    ///< the second anchor folder cannot be read or written
    anchor_folder_shared,    ///< it has a note of another server, too; facts: folder, server_id

    // Replacing the driver.
    driver_witness_malformed,
    driver_key_differs,     ///< facts: expected, found (SHA-256 of the public keys)
    driver_anchor_differs,  ///< facts: expected, found (origin, number, tree size)
};

/// The folder's messages.
const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace hsm

template <>
struct std::is_error_code_enum<hsm::errc> : std::true_type {};
