#include "snapshot/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
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
    std::error_code failure;
    if (std::filesystem::exists(path_, failure)) return Error{errc::table_exists, {}, {{"path", path_.string()}}};
    fd_ = ::open(aside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd_ < 0 ? failed("open", errno) : Result<void>();
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

Result<void> NewFile::finish() {
    if (::fsync(fd_) != 0) return failed("fsync", errno);
    if (::rename(aside_.c_str(), path_.c_str()) != 0) return failed("rename", errno);
    ::close(std::exchange(fd_, -1));
    return {};
}

Error NewFile::failed(const char* call, int error_number) const {
    return {errc::table_not_written, call, {{"path", path_.string()}, {"reason", std::strerror(error_number)}}};
}

}  // namespace snapshot
