#pragma once
// snapshot/restore.hpp: makes a ledger from an export or a mirror: judged before it is used, put in its place whole or
// not at all, and read back from the disk. Knows neither HTTP nor the HSM: whether the token's key is the ledger's is
// found when the server starts. ADR: docs/adr/0022-export.md.

#include <filesystem>
#include <functional>
#include <optional>

#include "ledger/core/certificate.hpp"
#include "ledger/store_write/log_staging.hpp"
#include "snapshot/part_join.hpp"

namespace snapshot {

struct RestoreOptions {
    /// The vendor's root, got elsewhere; without it the one that event 0 pins is taken.
    std::optional<ledger::Certificate> root;
    enum class MissingAnnex { refused, accepted };
    MissingAnnex missing_annex = MissingAnnex::refused;
    ledger::StagedLog::Existing existing = ledger::StagedLog::Existing::refused;
    /// Whether something may have been given after the copy was made: then the log is marked, and not served before it
    /// is recovered (ledger/store_read/restored_mark.hpp). Complete is what a person knows: the server had been
    /// stopped.
    enum class Copy { may_lack_the_end, complete };
    Copy copy = Copy::may_lack_the_end;
    unsigned threads = 1;
    /// Events done, events to do; each event counts twice: when it is written and when it is read back.
    std::function<void(std::uint64_t, std::uint64_t)> progress;
    /// Asked now and then; true ends it with errc::restore_interrupted, and nothing is changed.
    std::function<bool()> stop;
};

struct Restored {
    ledger::Origin origin;  ///< Of the newest head.
    ledger::Digest root_fingerprint;
    bool certified = false;             ///< A certificate under the root is over the ledger's key.
    HistoryProof proof;                 ///< The same of the export and of what is on the disk now.
    ledger::TreeSize stated;            ///< What the export's checkpoint says: more, if this copy ends early.
    std::filesystem::path moved_aside;  ///< The log that was there before; empty: none.
    /// Its newest head, if it could be read: perhaps of another server, or newer than the copy.
    std::optional<ledger::Checkpoint> replaced;
    [[nodiscard]] bool replaced_other_server() const;
    [[nodiscard]] bool replaced_newer() const;  ///< Of this server: a later incarnation, or longer.
};

/// @param from    an export's or a mirror's folder, or a copy of one.
/// @param folder  the ledger's, as in the configuration.
/// @return what ExportFolder::open, PartChecker, PartJoin and StagedLog return; errc::restore_annex_missing,
///         restore_left_out, restore_inside, restore_not_complete, restore_newer_here (the log that is there shows that
///         the copy is not complete), restore_root_differs, restore_not_certified, restore_read_back_wrong,
///         restore_disk_full, restore_write_failed, restore_interrupted. After any of them what was there before is
///         there.
[[nodiscard]] ledger::Result<Restored> restore(const std::filesystem::path& from, const std::filesystem::path& folder,
                                               const RestoreOptions& options);

}  // namespace snapshot
