#include "snapshot/export_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "snapshot/errc.hpp"

namespace snapshot {
namespace {

using ledger::Error;
using ledger::Result;

constexpr const char* lock_name = ".lock";
constexpr const char* aside_name = ".writing";
constexpr std::array own_names{lock_name, aside_name, "lost+found"};
constexpr std::string_view partial_suffix = ".p";
constexpr mode_t file_mode = 0600;
constexpr mode_t folder_mode = 0700;
/// So many files are synced one by one; more, with their whole file system.
constexpr std::size_t synced_singly_max = 32;

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == path.npos ? std::string() : path.substr(0, slash);
}

}  // namespace

Result<ExportFiles> ExportFiles::open(const std::filesystem::path& folder) {
    std::error_code failed;
    auto path = std::filesystem::absolute(folder, failed).lexically_normal();
    if (failed) {
        return Error{
            errc::export_write_failed,
            "path",
            {{"folder", folder.string()}, {"reason", folder.empty() ? "no folder is named" : failed.message()}}};
    }
    if (!path.has_filename()) path = path.parent_path();  // "folder/"
    ExportFiles files(path);
    if (::mkdir(files.folder_.c_str(), folder_mode) == 0) {
        files.made_ = true;
    } else if (errno != EEXIST) {
        return files.failed("mkdir", ".", errno);
    }
    files.descriptor_ = ::open(files.folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files.descriptor_ < 0) return files.failed("open", ".", errno);
    return files;
}

ExportFiles::ExportFiles(ExportFiles&& other) noexcept
    : folder_(std::move(other.folder_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      lock_(std::exchange(other.lock_, -1)),
      made_(other.made_),
      made_folder_(std::move(other.made_folder_)),
      unsynced_(std::exchange(other.unsynced_, {})),
      touched_(std::move(other.touched_)),
      many_unsynced_(other.many_unsynced_),
      partials_found_(other.partials_found_),
      partials_(std::move(other.partials_)),
      files_(other.files_),
      bytes_(other.bytes_) {}

ExportFiles::~ExportFiles() {
    close_unsynced();
    if (lock_ >= 0) ::close(lock_);
    if (descriptor_ >= 0) ::close(descriptor_);
}

Error ExportFiles::failed(const char* call, const std::string& path, int error_number) const {
    const std::string detail = std::string(call) + ' ' + path;
    const ledger::Fact folder{"folder", folder_.string()};
    if (error_number == ENOSPC || error_number == EDQUOT) return {errc::export_disk_full, detail, {folder}};
    return {errc::export_write_failed, detail, {folder, {"reason", std::strerror(error_number)}}};
}

bool ExportFiles::is_in_place() const {
    struct stat opened {};
    struct stat named {};
    return ::fstat(descriptor_, &opened) == 0 && ::stat(folder_.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

Result<bool> ExportFiles::holds_something() const {
    std::error_code failure;
    for (std::filesystem::directory_iterator entry(folder_, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        if (std::ranges::find(own_names, entry->path().filename().string()) == own_names.end()) return true;
    }
    if (failure) return failed("readdir", ".", failure.value());
    return false;
}

Result<std::optional<std::string>> ExportFiles::read(const std::string& path, std::size_t bytes_max) const {
    const int file = ::openat(descriptor_, path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) return std::optional<std::string>();
    if (file < 0) return failed("open", path, errno);
    std::string text(bytes_max + 1, '\0');
    std::size_t size = 0;
    int error_number = 0;
    while (size < text.size() && error_number == 0) {
        const ssize_t got = ::read(file, text.data() + size, text.size() - size);
        if (got == 0) break;
        if (got > 0) size += static_cast<std::size_t>(got);
        if (got < 0 && errno != EINTR) error_number = errno;
    }
    ::close(file);
    if (error_number == 0 && size > bytes_max) error_number = EFBIG;
    if (error_number != 0) return failed("read", path, error_number);
    text.resize(size);
    return std::optional(std::move(text));
}

Result<void> ExportFiles::lock() {
    lock_ = ::openat(descriptor_, lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file_mode);
    if (lock_ < 0) return failed("open", lock_name, errno);
    if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return failed("flock", lock_name, errno);
    return Error{errc::export_locked, {}, {{"folder", folder_.string()}}};
}

Result<void> ExportFiles::begin() {
    ACTLEDGER_CHECK(lock());
    if (::unlinkat(descriptor_, aside_name, 0) != 0 && errno != ENOENT) return failed("unlink", aside_name, errno);
    return made_ ? sync_folder("..") : Result<void>();
}

/// @return an open descriptor of the file aside
Result<int> ExportFiles::write_aside(ledger::ByteView bytes) {
    const int file =
        ::openat(descriptor_, aside_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, file_mode);
    if (file < 0) return failed("open", aside_name, errno);
    for (ledger::ByteView rest = bytes; !rest.empty();) {
        const ssize_t written = ::write(file, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const int error_number = errno;
            ::close(file);
            ::unlinkat(descriptor_, aside_name, 0);  // gives the room back
            return failed("write", aside_name, error_number);
        }
        rest = rest.subspan(static_cast<std::size_t>(written));
    }
    ++files_;
    bytes_ += bytes.size();
    return file;
}

Result<void> ExportFiles::make_folder(const std::string& path) {
    if (path.empty() || path == made_folder_) return {};
    if (::mkdirat(descriptor_, path.c_str(), folder_mode) == 0) {
        touched_.push_back(folder_of(path));
    } else if (errno == ENOENT) {
        ACTLEDGER_CHECK(make_folder(folder_of(path)));
        if (::mkdirat(descriptor_, path.c_str(), folder_mode) != 0) return failed("mkdir", path, errno);
        touched_.push_back(folder_of(path));
    } else if (errno != EEXIST) {
        return failed("mkdir", path, errno);
    }
    made_folder_ = path;
    return {};
}

Result<void> ExportFiles::move_into_place(const std::string& path) {
    const std::string folder = folder_of(path);
    ACTLEDGER_CHECK(make_folder(folder));
    if (::renameat(descriptor_, aside_name, descriptor_, path.c_str()) != 0) return failed("rename", path, errno);
    if (touched_.empty() || touched_.back() != folder) touched_.push_back(folder);
    if (folder.ends_with(partial_suffix)) partials_.insert(folder);
    return {};
}

Result<void> ExportFiles::put(const std::string& path, ledger::ByteView bytes, Contents contents) {
    if (contents == Contents::synced_first) {
        ACTLEDGER_CHECK(write_aside_synced(path, bytes));
        return move_into_place(path);
    }
    ACTLEDGER_TRY(const int file, write_aside(bytes));
    unsynced_.push_back(file);
    if (unsynced_.size() > synced_singly_max) {
        many_unsynced_ = true;
        close_unsynced();
    }
    return move_into_place(path);
}

Result<void> ExportFiles::write_aside_synced(const std::string& path, ledger::ByteView bytes) {
    ACTLEDGER_TRY(const int file, write_aside(bytes));
    const int error_number = ::fsync(file) == 0 ? 0 : errno;
    ::close(file);
    if (error_number != 0) return failed("fsync", path, error_number);
    return {};
}

Result<void> ExportFiles::replace(const std::string& path, ledger::ByteView bytes) {
    ACTLEDGER_CHECK(write_aside_synced(path, bytes));
    ACTLEDGER_CHECK(move_into_place(path));
    return sync_folder(folder_of(path));
}

Result<void> ExportFiles::sync_folder(const std::string& path) {
    const int folder = ::openat(descriptor_, path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return failed("open", path, errno);
    const int error_number = ::fsync(folder) == 0 ? 0 : errno;
    ::close(folder);
    if (error_number != 0) return failed("fsync", path, error_number);
    return {};
}

Result<void> ExportFiles::sync() {
    if (std::exchange(many_unsynced_, false)) {
        close_unsynced();
        touched_.clear();
        if (::syncfs(descriptor_) != 0) return failed("syncfs", ".", errno);
        return {};
    }
    for (const int file : unsynced_) {
        if (::fsync(file) != 0) return failed("fsync", "a new file", errno);
    }
    close_unsynced();
    std::ranges::sort(touched_);
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    for (const std::string& folder : touched_) ACTLEDGER_CHECK(sync_folder(folder));
    touched_.clear();
    return {};
}

void ExportFiles::close_unsynced() {
    for (const int file : unsynced_) ::close(file);
    unsynced_.clear();
}

std::vector<std::uint16_t> ExportFiles::partial_widths(ledger::TileKind kind, unsigned level,
                                                       std::uint64_t index) const {
    ledger::TileId id{kind, static_cast<std::uint8_t>(level), index, 1};
    std::vector<std::uint16_t> widths;
    std::error_code failure;  // a folder that is not there has none
    for (std::filesystem::directory_iterator entry(folder_ / folder_of(id.path()), failure), end;
         !failure && entry != end; entry.increment(failure)) {
        const auto found = ledger::TileId::parse("heads/000.p/" + entry->path().filename().string());
        if (found) widths.push_back(found->width);
    }
    return widths;
}

void ExportFiles::find_partials(const std::filesystem::path& below) {
    std::error_code failure;
    for (std::filesystem::recursive_directory_iterator entry(below, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        const std::string path = entry->path().string();
        if (!path.ends_with(partial_suffix)) continue;
        entry.disable_recursion_pending();
        partials_.insert(path.substr(folder_.string().size() + 1));
    }
}

Result<void> ExportFiles::remove_beyond(ledger::TreeSize size) {
    bool removed = false;
    for (const char* below : {"tile", "heads", "annex"}) {
        std::error_code failure;  // a folder that is not there has none
        for (std::filesystem::recursive_directory_iterator entry(folder_ / below, failure), end;
             !failure && entry != end; entry.increment(failure)) {
            const std::string path = entry->path().string().substr(folder_.string().size() + 1);
            const auto id = ledger::TileId::parse(path);
            if (!id || entry->is_directory(failure)) continue;
            if (id->index * ledger::tile_width + id->width <= ledger::tile_places(id->level, size)) continue;
            if (::unlinkat(descriptor_, path.c_str(), 0) != 0) return failed("unlink", path, errno);
            removed = true;
        }
    }
    if (removed && ::syncfs(descriptor_) != 0) return failed("syncfs", ".", errno);
    return {};
}

Result<void> ExportFiles::remove_partials(std::chrono::seconds kept) {
    if (!std::exchange(partials_found_, true)) {
        for (const char* below : {"tile", "heads", "annex"}) find_partials(folder_ / below);
    }
    const std::int64_t now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    for (auto partial = partials_.begin(); partial != partials_.end();) {
        const std::string full = partial->substr(0, partial->size() - partial_suffix.size());
        struct stat status {};
        const bool full_is_there = ::fstatat(descriptor_, full.c_str(), &status, 0) == 0;
        if (!full_is_there || now - status.st_mtim.tv_sec < kept.count()) {
            ++partial;
            continue;
        }
        std::error_code failure;
        std::filesystem::remove_all(folder_ / *partial, failure);
        if (failure) return failed("remove", *partial, failure.value());
        if (made_folder_ == *partial) made_folder_.clear();
        partial = partials_.erase(partial);
    }
    return {};
}

}  // namespace snapshot
