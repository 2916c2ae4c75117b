#pragma once
// snapshot/state_folder.hpp: a ledger's snapshots: `<ledger>/snapshots/state-<size>.snapshot`, the newest two. One that
// was good stays until a newer one is in place. Names and rules: docs/formats/snapshot.md.

#include <vector>

#include "snapshot/state_file.hpp"

namespace snapshot {

/// Any number of processes may read; one at a time writes.
class StateFolder {
 public:
    static constexpr std::size_t kept = 2;
    explicit StateFolder(const std::filesystem::path& ledger_folder) : folder_(ledger_folder / "snapshots") {}

    struct Entry {
        std::filesystem::path path;
        ledger::TreeSize size;  ///< As its name says.
    };
    /// The newest first. Other names are passed over. @return state_errc::snapshot_unreadable; nothing if there is no
    /// folder
    [[nodiscard]] ledger::Result<std::vector<Entry>> list() const;
    [[nodiscard]] std::filesystem::path path_of(ledger::TreeSize size) const;
    [[nodiscard]] const std::filesystem::path& path() const { return folder_; }

    /// Writes one (replacing one of the same size), then removes `bad` ones, and of the others all but the newest two.
    /// Makes the folder, and clears away what an interrupted writer left.
    /// @param bad  found unusable; one at the new one's own place is replaced.
    /// @return state_errc::snapshot_not_written, snapshot_busy
    [[nodiscard]] ledger::Result<StateFacts> write(const projections::LedgerState& state, const ledger::TreeHead& head,
                                                   const std::vector<std::filesystem::path>& bad = {}) const;
    /// Only the clearing away that write() does, for one that was interrupted in it.
    /// @return state_errc::snapshot_busy
    [[nodiscard]] ledger::Result<void> clear(const std::vector<std::filesystem::path>& bad) const;

 private:
    [[nodiscard]] ledger::Result<void> keep_newest(const std::vector<std::filesystem::path>& bad) const;
    std::filesystem::path folder_;
};

}  // namespace snapshot
