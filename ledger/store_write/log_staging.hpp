#pragma once
// ledger/store_write/log_staging.hpp: a log that is made beside its place and put there whole: a new ledger, or one
// that is restored. Whatever happens meanwhile, there is the old log, or none, or the whole new one.

#include "ledger/store_write/folder_lock.hpp"
#include "ledger/store_write/lmdb_log_engine.hpp"

namespace ledger {

/// The ledger's folder is locked as long as this lives. One thread.
class StagedLog {
 public:
    /// Whether a log that is there already may be taken out of its place. It is never removed.
    enum class Existing { refused, moved_aside };

    /// Makes `folder` if it is not there, removes what an interrupted staging left, and opens an empty log beside its
    /// place. A log that is to be moved aside must not be open for writing anywhere.
    /// @return errc::log_exists, log_locked, network_file_system, log_unreadable, disk_full, storage_failed
    [[nodiscard]] static Result<StagedLog> begin(const std::filesystem::path& folder, Existing existing);
    /// The same under a lock that is held already. @return errc::log_exists, log_locked, disk_full, storage_failed
    [[nodiscard]] static Result<StagedLog> begin(std::shared_ptr<FolderLock> lock, Existing existing);
    StagedLog(StagedLog&& other) noexcept;
    StagedLog& operator=(StagedLog&&) = delete;
    ~StagedLog();  ///< Removes the staged log and the folders made for it, unless it was put in place.

    /// @pre not closed (asserted)
    [[nodiscard]] LmdbLogEngine& engine();
    /// Lets go of the log, so that it can be opened again to look at what the disk has.
    void close();
    /// Reads the staged log from the disk: what the page cache has of it is dropped. @pre closed
    [[nodiscard]] Result<std::unique_ptr<LogReader>> read_back() const;
    /// Marks the log as restored: it is not served before somebody says how it goes on (restored_mark.hpp).
    /// @return errc::disk_full, storage_failed
    [[nodiscard]] Result<void> mark_restored(TreeSize size) const;
    /// Closes, syncs, and renames into place. @return where the log that was there before is now; empty: there was none
    /// errc::storage_failed
    [[nodiscard]] Result<std::filesystem::path> put_in_place();

 private:
    /// On a log that is there, because a server may be writing to it.
    class LogLock {
     public:
        LogLock() = default;
        ~LogLock();
        LogLock(const LogLock&) = delete;
        LogLock& operator=(const LogLock&) = delete;
        [[nodiscard]] Result<void> take(const std::filesystem::path& folder);

     private:
        int descriptor_ = -1;
    };

    explicit StagedLog(std::shared_ptr<FolderLock> lock);
    [[nodiscard]] Result<void> make_empty();
    [[nodiscard]] Result<std::filesystem::path> exchange();
    [[nodiscard]] std::filesystem::path staged() const { return folder_ / "log.unfinished"; }
    [[nodiscard]] std::filesystem::path place() const { return folder_ / "log"; }

    std::filesystem::path folder_;
    bool staging_ = false;  ///< There is a staged log of ours.
    std::shared_ptr<FolderLock> lock_;
    std::unique_ptr<LogLock> log_lock_;
    std::unique_ptr<LmdbLogEngine> engine_;
};

}  // namespace ledger
