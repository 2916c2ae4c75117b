#include "ledger/core/synced_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace ledger {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

}  // namespace

std::error_code write_all(int file, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_error();
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

std::error_code fsync_folder(const std::filesystem::path& folder) {
    const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return last_error();
    const std::error_code failed = ::fsync(file) == 0 ? std::error_code() : last_error();
    ::close(file);
    return failed;
}

std::error_code write_synced(const std::filesystem::path& path, ByteView bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return last_error();
    std::error_code failed = write_all(file, bytes);
    if (!failed && ::fsync(file) != 0) failed = last_error();
    ::close(file);
    return failed ? failed : fsync_folder(path.parent_path());
}

}  // namespace ledger
