#pragma once
// snapshot/errc.hpp: what can go wrong in exports, mirrors and restores, beyond what reading them finds
// (ledger/core/errc.hpp). Messages: snapshot/errc.cpp.

#include <system_error>

#include "ledger/core/message.hpp"

namespace snapshot {

enum class errc {
    // Writing an export or a mirror. Facts: folder.
    export_folder_foreign = 1,  ///< not empty, and no export
    export_inside_ledger,       ///< facts: folder, ledger
    export_other_ledger,        ///< facts: found (server id)
    export_annex_differs,       ///< made with personal data and asked for without, or the other way round
    export_ahead,               ///< the export is longer than the log; facts: size, log_size
    export_incarnation_closed,  ///< it goes on where the ledger went on otherwise; facts: folder, size, origin,
                                ///< log_origin
    export_contradicts,         ///< its checkpoint is not of this log's history; facts: size
    export_locked,              ///< another process writes to it
    export_disk_full,
    export_write_failed,  ///< facts: reason
    export_interrupted,

    // A file for people. Facts: path.
    table_exists,       ///< it is never written over another
    table_busy,         ///< another run writes it; facts: path
    table_not_written,  ///< facts: reason
    table_interrupted,
    report_names_same,  ///< two of a report's files would be one

    // Mirrors. Facts: folder.
    mirror_gone,          ///< the folder, or the export in it, was there and is not
    mirror_stands_still,  ///< something waits to be written for too long

    // Restoring. Facts: folder (of the export).
    restore_event_wrong,      ///< facts: path, at
    restore_head_wrong,       ///< facts: size
    restore_annex_missing,    ///< facts: count, at
    restore_left_out,         ///< the export is one without personal data
    restore_not_complete,     ///< said to be complete, and ends before its checkpoint; facts: size, stated
    restore_inside,           ///< copy and ledger lie in one folder; facts: folder, ledger
    restore_newer_here,       ///< facts: folder, size, here_origin, here_size
    restore_root_differs,     ///< facts: pinned, given
    restore_not_certified,    ///< no good certificate under the given root
    restore_read_back_wrong,  ///< what was written is not what was read
    restore_hand_over_wrong,  ///< an event hands over to another key, and the vendor did not; facts: at
    restore_disk_full,        ///< facts: folder (of the ledger)
    restore_write_failed,     ///< facts: folder (of the ledger), reason
    restore_interrupted,

    // Going on without a log.
    recovery_overtaken,  ///< another one went on from the anchor since it was read

    // Replacing the key.
    replacement_contradicted,  ///< a copy of the old token's anchor is of another history; anchor_origin, anchor_size
    replacement_went_on,       ///< the new key's; facts: anchor_origin, anchor_size
    replacement_numbers_end,   ///< facts: newest

    // Records of the previous product.
    legacy_encoding,         ///< facts: encoding
    legacy_table_malformed,  ///< facts: line, problem
    legacy_column_missing,   ///< facts: column
    legacy_column_twice,     ///< facts: column
    legacy_row_columns,      ///< facts: line, found, expected
    legacy_row_time,         ///< facts: line, value
    legacy_row_key,          ///< facts: line
    legacy_row_mac,          ///< facts: line, value
    legacy_row_value,        ///< facts: line, value, kind
    legacy_row_time_ahead,   ///< facts: line, value
    legacy_row_key_twice,    ///< another desktop's row has the same key; facts: line, first
    legacy_row_components,   ///< facts: line
};

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace snapshot

template <>
struct std::is_error_code_enum<snapshot::errc> : std::true_type {};
