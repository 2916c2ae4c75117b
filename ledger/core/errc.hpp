#pragma once
// ledger/core/errc.hpp: what can go wrong in the ledger folder. Messages: ledger/core/errc.cpp.

#include <system_error>

namespace ledger {

enum class errc {
    // Formats: bytes that a writer of ours would not have written.
    not_canonical = 1,     ///< base64, hex or a number in a spelling that is not the one accepted
    malformed_note,        ///< C2SP signed-note
    malformed_checkpoint,  ///< C2SP tlog-checkpoint
    malformed_proof,       ///< C2SP tlog-proof, or a list of proof hashes
    malformed_event,       ///< a stored event
    malformed_annex,       ///< an annex entry
    malformed_activation_file,
    malformed_anchor,     ///< an anchor note
    malformed_hand_over,  ///< the note by which a key hands over to the next
    malformed_component,  ///< a device component's kind or value, or their number
    unknown_event_kind,   ///< written by a newer version
    too_large,            ///< beyond a format's stated limit

    // Exports. Facts: folder, path (within it), as ExportFolder adds them.
    malformed_tile,             ///< a file of an export
    malformed_export_manifest,  ///< facts: folder
    export_format_unknown,      ///< written by a newer version; facts: folder
    export_not_found,           ///< facts: folder
    export_unreadable,          ///< facts: folder, path, reason
    export_file_missing,
    export_file_differs,  ///< well formed, and not what the signed head says
    export_incomplete,    ///< its files cover no head; facts: folder

    // Verification: well formed, and wrong.
    bad_signature,
    unknown_key,            ///< no known key signed this
    wrong_origin,           ///< signed by or for another ledger
    incarnation_closed,     ///< a head beyond what was kept; no fault. facts: incarnation, size, kept_size, opened
    incarnation_wrong,      ///< what opens an incarnation does not follow from what is before it; detail: why
    inconsistent_tree,      ///< a consistency proof that does not rebuild both roots
    not_included,           ///< an inclusion proof that does not rebuild the root
    event_without_seat,     ///< a genuine proof, of an event that says nothing of a seat
    commitment_mismatch,    ///< an annex value that is not the one committed to
    certificate_untrusted,  ///< does not chain to the pinned root
    certificate_malformed,
    certificate_wrong_purpose,
    certificate_not_valid_then,  ///< outside its validity at the time of the act

    // The store.
    log_not_found,
    log_exists,
    log_locked,          ///< another process writes
    log_damaged,         ///< a hole, a bad hash, a head that does not match
    log_unreadable,      ///< the system does not let it be opened: permissions, limits
    log_format_unknown,  ///< written by a newer version
    log_moved,           ///< an append at an expected size, and the size is another
    network_file_system,
    disk_full,       ///< no room to decide anything new; reading goes on
    storage_failed,  ///< a write or sync failed: the process stops
    not_found,       ///< no such event, head or annex entry

    // The write path.
    overloaded,  ///< the bounded queue is full
    shutting_down,
    signer_unavailable,  ///< the HSM does not answer
};

class MessageCategory;
/// The folder's messages; each folder has such a function.
const MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace ledger

template <>
struct std::is_error_code_enum<ledger::errc> : std::true_type {};
