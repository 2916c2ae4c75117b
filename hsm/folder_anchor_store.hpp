#pragma once
// hsm/folder_anchor_store.hpp: a second place for the anchor, for tokens whose files lie on the ledger's own disk: a
// folder on another disk. Format: docs/formats/anchor.md.

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/core/signer.hpp"

namespace hsm {

/// Files "anchor-<n>.note"; each is written under another name, synced, renamed, and the folder synced, before older
/// ones are removed. What calls itself another server's anchor is never removed: it may be the only witness of a ledger
/// that is lost. Safe from several threads; one process writes.
class FolderAnchorStore final : public ledger::AnchorStore {
 public:
    /// Makes the folder (0700) if it is not there. @return errc::anchor_folder_failed (facts: folder)
    [[nodiscard]] static ledger::Result<std::unique_ptr<FolderAnchorStore>> open(std::filesystem::path folder);

    /// @return errc::anchor_folder_failed; errc::anchor_too_large for a file that cannot be one of ours
    [[nodiscard]] ledger::Result<std::vector<ledger::Bytes>> read() override;
    /// @param note  of a ledger; the other notes of its server go.
    [[nodiscard]] ledger::Result<void> replace(ledger::ByteView note) override;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    /// The server ids that the folder's notes named when it was last read or written. Does not wait for the disk.
    [[nodiscard]] std::vector<std::string> servers() const;

 private:
    explicit FolderAnchorStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
    void remember(std::vector<std::string> servers);

    std::filesystem::path folder_;
    std::mutex mutex_;  // the files
    mutable std::mutex servers_mutex_;
    std::vector<std::string> servers_;
};

/// The server id of what calls itself an anchor, of whatever version; empty for anything else. Who signed it is not
/// known here.
[[nodiscard]] std::string server_named_by(ledger::ByteView note);

}  // namespace hsm
