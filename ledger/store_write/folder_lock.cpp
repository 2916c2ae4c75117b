#include "ledger/store_write/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ledger/core/errc.hpp"
#include "ledger/store_write/file_system.hpp"

namespace ledger {
namespace {

/// Whoever made the folder may have removed it between the opening and the locking.
bool is_still(int descriptor, const std::filesystem::path& folder) {
    struct stat held {};
    struct stat there {};
    return ::fstat(descriptor, &held) == 0 && ::stat(folder.c_str(), &there) == 0 && held.st_dev == there.st_dev &&
           held.st_ino == there.st_ino;
}

}  // namespace

Result<std::shared_ptr<FolderLock>> FolderLock::take(const std::filesystem::path& folder) {
    std::error_code failed;
    auto absolute = std::filesystem::absolute(folder, failed).lexically_normal();
    if (failed) {
        return Error{errc::log_unreadable, "path", {{"folder", folder.string()}, {"reason", failed.message()}}};
    }
    if (!absolute.has_filename()) absolute = absolute.parent_path();  // "folder/"
    std::shared_ptr<FolderLock> taken(new FolderLock(std::move(absolute)));
    ACTLEDGER_CHECK(taken->make_folder());
    ACTLEDGER_CHECK(check_local_file_system(taken->folder_));
    ACTLEDGER_CHECK(taken->lock());
    return taken;
}

FolderLock::~FolderLock() {
    std::error_code ignored;  // one that is not empty stays
    for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) std::filesystem::remove(*folder, ignored);
    if (descriptor_ >= 0) ::close(descriptor_);
}

/// Makes the folder and those above it that are not there.
Result<void> FolderLock::make_folder() {
    std::vector<std::filesystem::path> missing;
    std::error_code failed;
    for (auto folder = folder_; !folder.empty() && !std::filesystem::exists(folder, failed);) {
        missing.push_back(folder);
        folder = folder.parent_path();
    }
    for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
        if (std::filesystem::create_directory(*folder, failed)) {
            made_.push_back(*folder);
        } else if (failed) {
            const bool full = failed == std::errc::no_space_on_device;
            return Error{full ? errc::disk_full : errc::storage_failed,
                         "mkdir " + folder->string() + ": " + failed.message()};
        }
    }
    return {};
}

Result<void> FolderLock::lock() {
    const Fact fact{"folder", folder_.string()};
    descriptor_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool opened = descriptor_ >= 0;
    const bool locked = opened && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    if (!opened || (!locked && errno != EWOULDBLOCK)) {
        return Error{errc::log_unreadable, "open", {fact, {"reason", std::strerror(errno)}}};
    }
    if (locked && is_still(descriptor_, folder_)) return {};
    return Error{errc::log_locked, "another process makes a ledger here", {fact}};
}

Result<void> FolderLock::check_no_log() const {
    if (holds_log(folder_ / "log")) return Error{errc::log_exists, {}, {{"folder", folder_.string()}}};
    return {};
}

Result<void> FolderLock::keep_folders() {
    for (const auto& folder : std::exchange(made_, {})) ACTLEDGER_CHECK(sync_folder(folder.parent_path()));
    return {};
}

bool holds_log(const std::filesystem::path& log) {
    std::error_code failed;
    return std::filesystem::exists(log / "data.mdb", failed);
}

}  // namespace ledger
