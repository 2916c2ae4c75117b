#include "snapshot/new_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "snapshot/errc.hpp"

namespace snapshot {

using ledger::Error;
using ledger::Result;

NewFile::NewFile(std::filesystem::path path) : path_(std::move(path)), aside_(path_.string() + ".writing") {}

NewFile::~NewFile() {
    if (fd_ >= 0) {
        ::close(fd_);
        ::unlink(aside_.c_str());
    }
}

Result<void> NewFile::open() {
    if (!path_.has_filename()) return failed("open", EINVAL);
    ACTLEDGER_CHECK(check_free());
    ACTLEDGER_CHECK(lock());
    ACTLEDGER_CHECK(check_free());  // whoever had the lock may have finished meanwhile
    return ::ftruncate(fd_, 0) == 0 ? Result<void>() : failed("ftruncate", errno);
}

/// Whoever had the file aside before may have put it in its place, or taken it away, since it was opened here.
Result<void> NewFile::lock() {
    for (;;) {
        fd_ = ::open(aside_.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd_ < 0) return failed("open", errno);
        struct stat opened {};
        struct stat there {};
        const bool locked = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
        const int why = locked ? 0 : errno;
        const bool same = ::fstat(fd_, &opened) == 0 && ::lstat(aside_.c_str(), &there) == 0 &&
                          opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
        if (locked && same) return {};
        ::close(std::exchange(fd_, -1));  // somebody else's: it is not removed
        if (why == EWOULDBLOCK) return Error{errc::table_busy, {}, {{"path", path_.string()}}};
        if (!locked) return failed("flock", why);
    }
}

Result<void> NewFile::check_free() const {
    std::error_code failure;
    if (!std::filesystem::exists(path_, failure)) return {};
    return Error{errc::table_exists, {}, {{"path", path_.string()}}};
}

Result<void> NewFile::reserve(std::size_t bytes) {
    if (::fallocate(fd_, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) == 0 || errno == EOPNOTSUPP) return {};
    return failed("fallocate", errno);
}

Result<void> NewFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed("write", errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> NewFile::sync() { return ::fsync(fd_) == 0 ? Result<void>() : failed("fsync", errno); }

Result<void> NewFile::finish() {
    ACTLEDGER_CHECK(sync());
    if (::renameat2(AT_FDCWD, aside_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST) return Error{errc::table_exists, {}, {{"path", path_.string()}}};
        if (errno != EINVAL || ::rename(aside_.c_str(), path_.c_str()) != 0) return failed("rename", errno);
    }
    ::close(std::exchange(fd_, -1));
    finished_ = true;
    const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    const int place = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool durable = place >= 0 && ::fsync(place) == 0;
    const int why = errno;
    if (place >= 0) ::close(place);
    if (durable) return {};
    take_back();  // a name that may be gone after a power cut is none
    return failed("fsync", why);
}

void NewFile::take_back() {
    if (std::exchange(finished_, false)) ::unlink(path_.c_str());
}

Error NewFile::failed(const char* call, int error_number) const {
    return {errc::table_not_written, call, {{"path", path_.string()}, {"reason", std::strerror(error_number)}}};
}

}  // namespace snapshot
