#pragma once
// snapshot/export_writer.hpp: brings an export or a mirror up to a log's newest head: what it lacks is read from the
// log in short transactions, held against the log's own hashes and written behind what is there. Format and the order
// of writing: docs/formats/export.md. ADR: docs/adr/0022-export.md.

#include <functional>
#include <memory>

#include "ledger/core/export_manifest.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "snapshot/export_files.hpp"

namespace snapshot {

struct ExportOptions {
    /// may_be_made: the folder is made if its parent is there, and an empty one becomes an export.
    enum class Folder { may_be_made, must_be_export };
    Folder folder = Folder::may_be_made;
    ledger::ExportManifest::Annex annex = ledger::ExportManifest::Annex::kept;
    /// A state is published at least every so many events, so that an interrupted export goes on and need not begin
    /// anew.
    std::uint64_t publish_every = 131'072;
    /// How long partial tiles stay beside the full one.
    std::chrono::seconds partials_kept{3'600};
    /// Events written, events to write.
    std::function<void(std::uint64_t, std::uint64_t)> progress;
    /// Asked now and then; true ends the run with errc::export_interrupted, and everything published so far stands.
    std::function<bool()> stop;
};

/// What a run did.
struct ExportRun {
    ledger::TreeSize before;
    ledger::TreeSize after;   ///< Of the head that is published now.
    std::uint64_t files = 0;  ///< Written.
    std::uint64_t bytes = 0;
    std::uint64_t erased = 0;  ///< Annex values that events took away since the last run.
    bool mended = false;       ///< Files were missing, or `checkpoint` was changed: everything behind was made again.
};

/// One thread. The log outlives it.
class ExportWriter {
 public:
    /// Looks at what is in `folder`, and changes nothing yet but its lock. Whether each file is there is looked at, not
    /// what is in it: that is what verifying is for.
    /// @return errc::export_inside_ledger; mirror_gone (must_be_export, and it is none), export_folder_foreign,
    ///         export_other_ledger, export_annex_differs, export_ahead, export_contradicts, export_locked,
    ///         export_write_failed, ledger::errc::malformed_export_manifest and others of a manifest or
    ///         checkpoint that is damaged; or what reading the log returns
    [[nodiscard]] static ledger::Result<std::unique_ptr<ExportWriter>> open(const std::filesystem::path& folder,
                                                                            const ledger::LogReader& log,
                                                                            ExportOptions options);
    ~ExportWriter();
    ExportWriter(const ExportWriter&) = delete;
    ExportWriter& operator=(const ExportWriter&) = delete;

    /// Up to the newest head that the log has. May be called again and again.
    /// @return errc::export_disk_full, export_write_failed, export_interrupted; ledger::errc::log_damaged: the log's
    ///         events and hashes disagree, and nothing of that was published
    [[nodiscard]] ledger::Result<ExportRun> run();
    /// Whether the folder is still the one that was opened: a disk may be taken out, or another one mounted over it.
    [[nodiscard]] bool is_in_place() const;
    /// What `checkpoint` says now.
    [[nodiscard]] ledger::TreeSize published() const;

 private:
    class Impl;
    explicit ExportWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace snapshot
