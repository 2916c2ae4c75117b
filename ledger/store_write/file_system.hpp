#pragma once
// ledger/store_write/file_system.hpp: what the log needs to know of the file system below it: that it is a local one,
// that a rename is on disk, and room that is really there.

#include <atomic>
#include <cstdint>
#include <filesystem>

#include "ledger/core/result.hpp"

namespace ledger {

/// @param magic  statfs(2), f_type. FUSE counts: what is behind it cannot be known.
[[nodiscard]] bool is_network_file_system(std::int64_t magic);
/// @return errc::network_file_system, log_unreadable (fact: folder)
[[nodiscard]] Result<void> check_local_file_system(const std::filesystem::path& folder);
/// fsync of a folder: names made or renamed in it are on disk. @return errc::storage_failed
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder);

/// Keeps a growing file allocated ahead of what is written, in steps, so that a write cannot fail for want of room.
/// On a file system without fallocate(2) it can only look at the free space.
class FileAllocation {
 public:
    struct Options {
        std::uint64_t step_bytes;
        std::uint64_t keep_free_bytes;
        std::uint64_t keep_free_percent;
    };
    /// @param file  open for writing; outlives this. What it has already is allocated again if it has holes.
    FileAllocation(int file, const Options& options);

    /// Makes sure that the file has room up to `end_bytes`. @return false: the disk is full.
    [[nodiscard]] bool reach(std::uint64_t end_bytes);
    /// Free for this file on the disk, without what is kept for others and beyond what is allocated.
    [[nodiscard]] std::uint64_t free_bytes() const;
    [[nodiscard]] std::uint64_t allocated_bytes() const { return end_bytes_; }
    [[nodiscard]] bool disk_above_percent(unsigned percent) const;

 private:
    [[nodiscard]] bool extend(std::uint64_t by_bytes);
    int file_;
    Options options_;
    std::atomic<std::uint64_t> end_bytes_{0};
};

}  // namespace ledger
