#pragma once
// ledger/license_file/errc.hpp: what can be wrong with a licence, a revocation, a request or a vendor's key. Messages,
// and the facts that they name: ledger/license_file/errc.cpp.

#include <system_error>

namespace ledger {
class MessageCategory;
}

namespace ledger::license_file {

enum class errc {
    // The .lic archive.
    not_zip = 1,
    archive_damaged,   ///< begins like a ZIP, and cannot be read as one
    entry_missing,     ///< fact: entry
    entry_extra,       ///< entry
    entry_duplicated,  ///< entry
    entry_oversized,   ///< entry, limit
    entry_encrypted,   ///< entry
    entry_with_path,   ///< entry
    info_differs,      ///< info is not byte for byte what license.bin signs

    // license.bin.
    license_malformed,              ///< not the CMS SignedData that an issuer writes
    license_signature_bad,          ///< issuer, issuer_fingerprint
    license_issuer_unknown,         ///< issuer, root_fingerprint
    license_issuer_wrong_purpose,   ///< issuer
    license_issuer_not_valid_then,  ///< issuer, not_before, not_after, at
    terms_malformed,                ///< field
    quantity_out_of_range,          ///< quantity, minimum, maximum
    server_certificate_wrong,       ///< license_id, reason

    // A good licence that this server cannot take.
    other_server,         ///< license_id, license_server, this_server
    other_server_key,     ///< license_id, license_key, this_key (fingerprints)
    not_yet_valid,        ///< license_id, valid_from, now
    expired,              ///< license_id, valid_to, now
    superseded,           ///< license_id, superseded_by
    revoked,              ///< license_id, revocation_id
    certificate_revoked,  ///< license_id, certificate_fingerprint, revocation_id
    license_id_conflict,  ///< license_id
    not_vouched,          ///< license_id, reendorsement_id: not live when the vendor wrote what was
    vouched_otherwise,    ///< license_id, reendorsement_id: live, with other terms
    root_differs,         ///< presented_fingerprint, pinned_fingerprint

    // A .rev file.
    revocation_malformed,              ///< field
    revocation_signature_bad,          ///< issuer, issuer_fingerprint
    revocation_issuer_unknown,         ///< issuer, root_fingerprint
    revocation_issuer_wrong_purpose,   ///< issuer
    revocation_issuer_not_valid_then,  ///< issuer, not_before, not_after, at
    revocation_other_server,           ///< revocation_id, revocation_server, this_server
    revocation_id_conflict,            ///< revocation_id

    // A .ree file.
    reendorsement_malformed,              ///< field
    reendorsement_signature_bad,          ///< issuer, issuer_fingerprint
    reendorsement_issuer_unknown,         ///< issuer, root_fingerprint
    reendorsement_issuer_wrong_purpose,   ///< issuer
    reendorsement_issuer_not_valid_then,  ///< issuer, not_before, not_after, at
    reendorsement_certificate_wrong,      ///< reendorsement_id, reason

    // A good re-endorsement that this ledger cannot take.
    reendorsement_other_server,         ///< reendorsement_id, reendorsement_server, this_server
    reendorsement_other_key,            ///< reendorsement_id, old_key, this_key (SHA-256)
    reendorsement_key_known,            ///< reendorsement_id, new_key (SHA-256)
    reendorsement_head_missing,         ///< reendorsement_id, size, log_size
    reendorsement_head_differs,         ///< reendorsement_id, size
    reendorsement_certificate_revoked,  ///< reendorsement_id, certificate_fingerprint, revocation_id
    reendorsement_for_lost_log,         ///< reendorsement_id: and here is a log
    reendorsement_not_for_lost_log,     ///< reendorsement_id: and the log is lost
    reendorsement_head_beyond,          ///< reendorsement_id, origin, size, known: a head of less is all that is known
    reendorsement_number_used,          ///< reendorsement_id, incarnation, origin

    // A key that hands over to the next one.
    rotation_note_malformed,
    rotation_signature_bad,        ///< old_key (SHA-256)
    rotation_certificate_wrong,    ///< reason
    rotation_other_server,         ///< rotation_server, this_server
    rotation_other_key,            ///< old_key, this_key (SHA-256)
    rotation_other_next_key,       ///< named_key, new_key (SHA-256)
    rotation_key_known,            ///< new_key (SHA-256)
    rotation_certificate_revoked,  ///< certificate_fingerprint, revocation_id
    rotation_head_differs,         ///< size

    // A log that is lost, under a later key than the server's first.
    lost_log_certificate_wrong,  ///< reason

    // A .req file.
    request_malformed,
    request_signature_bad,  ///< server_id

    // A vendor's key.
    key_malformed,
    key_passphrase_wrong,
};

const MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace ledger::license_file

template <>
struct std::is_error_code_enum<ledger::license_file::errc> : std::true_type {};
