#pragma once
// snapshot/export_state.hpp: what a writer finds in an export's folder, held against the log that it is to be an export
// of. Changes nothing.

#include "ledger/core/export_manifest.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "snapshot/export_files.hpp"

namespace snapshot {

struct ExportState {
    ledger::ExportManifest manifest;
    bool manifest_is_there = false;
    ledger::TreeSize published;       ///< Of the file `checkpoint`, or of an older head if files are missing; 0: none.
    bool older_incarnation = false;   ///< That head is of one that the log has closed since.
    ledger::TreeSize erased_through;  ///< Events whose erasures are done in the annex.
    bool chain_is_there = false;      ///< The file `chain.pem`.
    bool damaged = false;             ///< Files are missing, or `checkpoint` is not the log's own note.
};

/// @return errc::export_folder_foreign, export_other_ledger, export_annex_differs, export_ahead,
///         export_incarnation_closed, export_contradicts, or why manifest or checkpoint cannot be read
[[nodiscard]] ledger::Result<ExportState> look_at_export(const ExportFiles& files, const ledger::LogReader& log,
                                                         ledger::ExportManifest::Annex annex);

}  // namespace snapshot
