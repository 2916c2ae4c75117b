#pragma once
// ledger/store_write/folder_lock.hpp: held by whoever makes a log in a ledger's folder, and by whoever writes to the
// HSM for a log that is still to be made there: two at once would each write over what the other one has done.

#include <filesystem>
#include <memory>
#include <vector>

#include "ledger/core/result.hpp"

namespace ledger {

/// An exclusive lock over processes and within this one. A server does not take it: it holds the log itself. One
/// thread.
class FolderLock {
 public:
    /// Makes `folder` if it is not there. Does not wait.
    /// @return errc::log_locked, network_file_system, log_unreadable, disk_full, storage_failed
    [[nodiscard]] static Result<std::shared_ptr<FolderLock>> take(const std::filesystem::path& folder);
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    ~FolderLock();  ///< Removes the folders made for it that are still empty.

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }  ///< Absolute.
    /// @return errc::log_exists
    [[nodiscard]] Result<void> check_no_log() const;
    /// Makes the folders that were made durable. @return errc::storage_failed
    [[nodiscard]] Result<void> keep_folders();

 private:
    explicit FolderLock(std::filesystem::path folder) : folder_(std::move(folder)) {}
    [[nodiscard]] Result<void> make_folder();
    [[nodiscard]] Result<void> lock();

    std::filesystem::path folder_;
    std::vector<std::filesystem::path> made_;  ///< Folders of the path that were not there, outermost first.
    int descriptor_ = -1;
};

/// Whether there is a log in this place ("<folder>/log"): whole or damaged.
[[nodiscard]] bool holds_log(const std::filesystem::path& log);

}  // namespace ledger
