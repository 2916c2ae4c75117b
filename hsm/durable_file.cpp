#include "hsm/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "ledger/core/synced_file.hpp"

namespace hsm {
namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }

/// Closes a descriptor; never hides an error that came before.
class OpenFile {
 public:
    OpenFile(const std::filesystem::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~OpenFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    [[nodiscard]] int get() const { return fd_; }

 private:
    int fd_;
};

std::error_code sync_path(const std::filesystem::path& path, int flags) {
    const OpenFile file(path, flags);
    if (file.get() < 0 || ::fsync(file.get()) != 0) return last_error();
    return {};
}

}  // namespace

std::optional<ledger::Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max,
                                       std::error_code& failure) {
    const OpenFile file(path, O_RDONLY);
    if (file.get() < 0) {
        failure = last_error();
        return std::nullopt;
    }
    ledger::Bytes bytes(bytes_max + 1);
    std::size_t size = 0;
    while (size < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            failure = last_error();
            return std::nullopt;
        }
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > bytes_max) {
        failure = std::make_error_code(std::errc::file_too_large);
        return std::nullopt;
    }
    bytes.resize(size);
    return bytes;
}

std::error_code write_file_durably(const std::filesystem::path& path, ledger::ByteView bytes, FileOwner owner) {
    std::filesystem::path written = path;
    written += ".new";
    {
        const OpenFile file(written, O_WRONLY | O_CREAT | O_TRUNC);
        if (file.get() < 0) return last_error();
        if (owner == FileOwner::of_folder) {
            if (const auto failure = give_to_owner_of(path.parent_path(), file.get())) return failure;
        }
        if (const auto failure = ledger::write_all(file.get(), bytes)) return failure;
        if (::fsync(file.get()) != 0) return last_error();
    }
    if (::rename(written.c_str(), path.c_str()) != 0) return last_error();
    return ledger::fsync_folder(path.parent_path());
}

std::error_code give_to_owner_of(const std::filesystem::path& folder, int file) {
    if (::geteuid() != 0) return {};
    struct stat owner {};
    if (::stat(folder.c_str(), &owner) != 0 || ::fchown(file, owner.st_uid, owner.st_gid) != 0) return last_error();
    return {};
}

std::error_code sync_tree(const std::filesystem::path& folder) {
    std::error_code failure;
    std::filesystem::recursive_directory_iterator entries(folder, failure);
    for (; !failure && entries != std::filesystem::recursive_directory_iterator(); entries.increment(failure)) {
        if (entries.depth() >= 1) entries.disable_recursion_pending();
        const auto status = entries->symlink_status(failure);
        if (failure) break;
        if (status.type() == std::filesystem::file_type::regular) {
            failure = sync_path(entries->path(), O_RDONLY);
            if (failure == std::errc::no_such_file_or_directory) failure.clear();  // removed since it was listed
        } else if (status.type() == std::filesystem::file_type::directory) {
            failure = ledger::fsync_folder(entries->path());
        }
        if (failure) return failure;
    }
    return failure ? failure : ledger::fsync_folder(folder);
}

}  // namespace hsm
