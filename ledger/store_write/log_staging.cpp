#include "ledger/store_write/log_staging.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "ledger/core/errc.hpp"
#include "ledger/store_read/restored_mark.hpp"
#include "ledger/store_write/file_system.hpp"

namespace ledger {
namespace {

Error failed_on(std::string_view call, const std::filesystem::path& path, const std::error_code& failed) {
    const bool full = failed == std::errc::no_space_on_device;
    return {full ? errc::disk_full : errc::storage_failed,
            std::string(call) + " " + path.string() + ": " + failed.message()};
}

std::error_code last_error() { return {errno, std::generic_category()}; }

}  // namespace

StagedLog::LogLock::~LogLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> StagedLog::LogLock::take(const std::filesystem::path& folder) {
    const Fact fact{"folder", folder.string()};
    descriptor_ = ::open((folder / "log" / "data.mdb").c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno == EWOULDBLOCK) return Error{errc::log_locked, "a server writes to it", {fact}};
    return Error{errc::log_unreadable, "open", {fact, {"reason", std::strerror(errno)}}};
}

StagedLog::StagedLog(std::shared_ptr<FolderLock> lock) : folder_(lock->folder()), lock_(std::move(lock)) {}

StagedLog::StagedLog(StagedLog&& other) noexcept
    : folder_(std::move(other.folder_)),
      staging_(std::exchange(other.staging_, false)),
      lock_(std::move(other.lock_)),
      log_lock_(std::move(other.log_lock_)),
      engine_(std::move(other.engine_)) {}

StagedLog::~StagedLog() {
    engine_.reset();
    std::error_code ignored;  // the next staging removes it
    if (staging_) std::filesystem::remove_all(staged(), ignored);
}

Result<StagedLog> StagedLog::begin(const std::filesystem::path& folder, Existing existing) {
    ACTLEDGER_TRY(auto lock, FolderLock::take(folder));
    return begin(std::move(lock), existing);
}

Result<StagedLog> StagedLog::begin(std::shared_ptr<FolderLock> lock, Existing existing) {
    StagedLog log(std::move(lock));
    if (existing == Existing::refused) ACTLEDGER_CHECK(log.lock_->check_no_log());
    if (holds_log(log.place())) {
        log.log_lock_ = std::make_unique<LogLock>();
        ACTLEDGER_CHECK(log.log_lock_->take(log.folder_));
    }
    ACTLEDGER_CHECK(log.make_empty());
    return log;
}

Result<void> StagedLog::make_empty() {
    std::error_code failed;
    staging_ = true;
    std::filesystem::remove_all(staged(), failed);
    if (failed) return failed_on("remove", staged(), failed);
    std::filesystem::create_directory(staged(), failed);
    if (failed) return failed_on("mkdir", staged(), failed);
    std::filesystem::permissions(staged(), std::filesystem::perms::owner_all, failed);
    if (failed) return failed_on("chmod", staged(), failed);
    ACTLEDGER_TRY(auto environment, lmdb::Environment::open(staged(), lmdb::Access::create, EngineOptions{}.map_bytes));
    engine_ = std::make_unique<LmdbLogEngine>(std::move(environment), EngineOptions{});
    return {};
}

LmdbLogEngine& StagedLog::engine() {
    ACTLEDGER_ASSERT(engine_ != nullptr);
    return *engine_;
}

void StagedLog::close() { engine_.reset(); }

Result<std::unique_ptr<LogReader>> StagedLog::read_back() const {
    ACTLEDGER_ASSERT(engine_ == nullptr);
    const auto data = staged() / "data.mdb";
    const int file = ::open(data.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return failed_on("open", data, last_error());
    // Advice: where it is not followed, what is read is what was written all the same.
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
    ACTLEDGER_TRY(auto environment, lmdb::Environment::open(staged(), lmdb::Access::read));
    return std::unique_ptr<LogReader>(std::make_unique<LmdbLogReader>(std::move(environment)));
}

Result<void> StagedLog::mark_restored(TreeSize size) const {
    const auto path = staged() / restored_mark_name;
    const std::string text = std::to_string(size.value) + "\n";
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return failed_on("open", path, last_error());
    const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool synced = written && ::fsync(file) == 0;
    const auto failed = last_error();
    ::close(file);
    if (synced) return {};  // its name is synced with the folder
    if (failed == std::errc::no_space_on_device) return Error{errc::disk_full, path.string()};
    return failed_on("write", path, failed);
}

Result<std::filesystem::path> StagedLog::put_in_place() {
    close();
    ACTLEDGER_CHECK(sync_folder(staged()));
    std::filesystem::path aside;
    if (holds_log(place())) {
        ACTLEDGER_TRY(aside, exchange());
    } else {
        std::error_code failed;
        std::filesystem::rename(staged(), place(), failed);
        if (failed) return failed_on("rename", place(), failed);
    }
    staging_ = false;
    ACTLEDGER_CHECK(sync_folder(folder_));
    ACTLEDGER_CHECK(lock_->keep_folders());
    return aside;
}

/// There is a log in the place at every moment. The new one takes the name that the old one is to have, and then the
/// two change places in one step: so no name that is cleared by the next staging ever belongs to the old log.
Result<std::filesystem::path> StagedLog::exchange() {
    std::filesystem::path aside;
    std::error_code failed;
    for (unsigned n = 1; aside.empty() || std::filesystem::exists(aside, failed); ++n) {
        aside = folder_ / ("log.before-restore-" + std::to_string(n));
    }
    std::filesystem::rename(staged(), aside, failed);
    if (failed) return failed_on("rename", aside, failed);
    if (::renameat2(AT_FDCWD, aside.c_str(), AT_FDCWD, place().c_str(), RENAME_EXCHANGE) == 0) return aside;
    const auto refused = last_error();
    std::filesystem::rename(aside, staged(), failed);
    return failed_on("rename", place(), refused);
}

}  // namespace ledger
