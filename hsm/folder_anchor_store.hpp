#pragma once
// hsm/folder_anchor_store.hpp: a second place for the anchor, for tokens whose files lie on the ledger's own disk: a
// folder on another disk. Format: docs/formats/anchor.md.

#include <filesystem>
#include <mutex>

#include "ledger/core/signer.hpp"

namespace hsm {

/// Files "anchor-<n>.note"; each is written under another name, synced, renamed, and the folder synced, before older
/// ones are removed. Safe from several threads; one process writes.
class FolderAnchorStore final : public ledger::AnchorStore {
 public:
    /// Makes the folder (0700) if it is not there. @return errc::anchor_folder_failed (facts: folder)
    [[nodiscard]] static ledger::Result<std::unique_ptr<FolderAnchorStore>> open(std::filesystem::path folder);

    /// @return errc::anchor_folder_failed; errc::anchor_too_large for a file that cannot be one of ours
    [[nodiscard]] ledger::Result<std::vector<ledger::Bytes>> read() override;
    [[nodiscard]] ledger::Result<void> replace(ledger::ByteView note) override;

 private:
    explicit FolderAnchorStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::filesystem::path folder_;
    std::mutex mutex_;
};

}  // namespace hsm
