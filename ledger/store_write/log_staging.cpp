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

bool holds_log(const std::filesystem::path& log) {
    std::error_code failed;
    return std::filesystem::exists(log / "data.mdb", failed);
}

}  // namespace

/// On the ledger's folder, because two stagings at once would work in the same unfinished one; and on the log that is
/// there, because a server may be writing to it.
class StagedLog::Locks {
 public:
    Locks() = default;
    ~Locks() {
        if (folder_ >= 0) ::close(folder_);
        if (log_ >= 0) ::close(log_);
    }
    Locks(const Locks&) = delete;
    Locks& operator=(const Locks&) = delete;

    [[nodiscard]] Result<void> take_folder(const std::filesystem::path& folder) {
        return take(folder_, folder, O_RDONLY | O_DIRECTORY, folder, "another process makes a ledger here");
    }
    [[nodiscard]] Result<void> take_log(const std::filesystem::path& folder, const std::filesystem::path& data) {
        return take(log_, data, O_RDONLY, folder, "a server writes to it");
    }

 private:
    static Result<void> take(int& descriptor, const std::filesystem::path& path, int flags,
                             const std::filesystem::path& folder, const char* who) {
        const Fact fact{"folder", folder.string()};
        descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
        if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return {};
        if (errno == EWOULDBLOCK) return Error{errc::log_locked, who, {fact}};
        return Error{errc::log_unreadable, "open", {fact, {"reason", std::strerror(errno)}}};
    }
    int folder_ = -1;
    int log_ = -1;
};

StagedLog::StagedLog(std::filesystem::path folder, std::unique_ptr<Locks> locks)
    : folder_(std::move(folder)), locks_(std::move(locks)) {}

StagedLog::StagedLog(StagedLog&& other) noexcept
    : folder_(std::move(other.folder_)),
      made_(std::exchange(other.made_, {})),
      staging_(std::exchange(other.staging_, false)),
      locks_(std::move(other.locks_)),
      engine_(std::move(other.engine_)) {}

StagedLog::~StagedLog() {
    engine_.reset();
    std::error_code ignored;  // the next staging removes it
    if (staging_) std::filesystem::remove_all(staged(), ignored);
    for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) std::filesystem::remove(*folder, ignored);
}

/// Makes the folder and those above it that are not there.
Result<void> StagedLog::make_folder() {
    std::vector<std::filesystem::path> missing;
    std::error_code failed;
    for (auto folder = folder_; !folder.empty() && !std::filesystem::exists(folder, failed);) {
        missing.push_back(folder);
        folder = folder.parent_path();
    }
    for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
        if (!std::filesystem::create_directory(*folder, failed) && failed) return failed_on("mkdir", *folder, failed);
        made_.push_back(*folder);
    }
    return {};
}

Result<StagedLog> StagedLog::begin(const std::filesystem::path& folder, Existing existing) {
    auto absolute = std::filesystem::absolute(folder).lexically_normal();
    if (!absolute.has_filename()) absolute = absolute.parent_path();  // "folder/"
    StagedLog log(absolute, std::make_unique<Locks>());
    ACTLEDGER_CHECK(log.make_folder());
    ACTLEDGER_CHECK(check_local_file_system(absolute));
    ACTLEDGER_CHECK(log.locks_->take_folder(absolute));
    if (holds_log(log.place())) {
        if (existing == Existing::refused) return Error{errc::log_exists, {}, {{"folder", folder.string()}}};
        ACTLEDGER_CHECK(log.locks_->take_log(absolute, log.place() / "data.mdb"));
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
    for (const auto& folder : std::exchange(made_, {})) ACTLEDGER_CHECK(sync_folder(folder.parent_path()));
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
