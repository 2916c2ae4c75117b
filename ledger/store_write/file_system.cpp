#include "ledger/store_write/file_system.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "ledger/core/errc.hpp"
#include "ledger/core/synced_file.hpp"

namespace ledger {
namespace {

// statfs(2) and linux/magic.h, which does not name all of them.
constexpr std::array<std::int64_t, 17> network_magics{
    0x6969,      // NFS
    0x517B,      // SMB
    0xFF534D42,  // CIFS
    0xFE534D42,  // SMB2
    0x564C,      // NCP
    0x5346414F,  // AFS (OpenAFS and kAFS)
    0x6B414653,  // kAFS
    0x73757245,  // Coda
    0x00C36400,  // Ceph
    0x01021997,  // 9P
    0x01161970,  // GFS2
    0x7461636F,  // OCFS2
    0x0BD00BD0,  // Lustre
    0x47504653,  // GPFS
    0xAAD7AAEA,  // PanFS
    0x786F4256,  // VirtualBox shared folder
    0x65735546,  // FUSE
};

constexpr std::uint64_t smallest_step_bytes = 256U << 10;

}  // namespace

bool is_network_file_system(std::int64_t magic) {
    // f_type is a signed word, and some magics have the 32nd bit set.
    return std::find(network_magics.begin(), network_magics.end(), magic & 0xFFFFFFFF) != network_magics.end();
}

Result<void> check_local_file_system(const std::filesystem::path& folder) {
    struct statfs status {};
    if (::statfs(folder.c_str(), &status) != 0) {
        const char* reason = std::strerror(errno);
        return Error{errc::log_unreadable, "statfs", {{"folder", folder.string()}, {"reason", reason}}};
    }
    if (!is_network_file_system(static_cast<std::int64_t>(status.f_type))) return {};
    return Error{errc::network_file_system, "f_type " + std::to_string(status.f_type), {{"folder", folder.string()}}};
}

Result<void> sync_folder(const std::filesystem::path& folder) {
    const std::error_code failed = fsync_folder(folder);
    if (!failed) return {};
    return Error{errc::storage_failed, "fsync " + folder.string() + ": " + failed.message()};
}

FileAllocation::FileAllocation(int file, const Options& options) : file_(file), options_(options) {
    struct stat status {};
    if (::fstat(file_, &status) != 0 || status.st_size == 0) return;
    // A copied file may have holes where this one was allocated.
    if (::fallocate(file_, 0, 0, status.st_size) == 0) end_bytes_ = static_cast<std::uint64_t>(status.st_size);
}

bool FileAllocation::reach(std::uint64_t end_bytes) {
    if (end_bytes <= end_bytes_) return true;
    const std::uint64_t missing = end_bytes - end_bytes_;
    for (std::uint64_t step = options_.step_bytes; step > missing; step /= 2) {
        if (extend(step)) return true;
        if (step <= smallest_step_bytes) break;
    }
    return extend(missing);
}

bool FileAllocation::extend(std::uint64_t by_bytes) {
    if (by_bytes > free_bytes()) return false;
    int failed = 0;
    do {
        failed =
            ::fallocate(file_, 0, static_cast<off_t>(end_bytes_.load()), static_cast<off_t>(by_bytes)) == 0 ? 0 : errno;
    } while (failed == EINTR);
    // Without fallocate the free space that was just seen has to do; other failures are a full disk or quota, or a
    // disk that fails, on which nothing should be decided either.
    if (failed != 0 && failed != EOPNOTSUPP) return false;
    end_bytes_ += by_bytes;
    return true;
}

std::uint64_t FileAllocation::free_bytes() const {
    struct statvfs status {};
    if (::fstatvfs(file_, &status) != 0) return 0;
    const std::uint64_t all = std::uint64_t{status.f_blocks} * status.f_frsize;
    const std::uint64_t available = std::uint64_t{status.f_bavail} * status.f_frsize;
    const std::uint64_t kept = std::min(options_.keep_free_bytes, all / 100 * options_.keep_free_percent);
    return available - std::min(available, kept);
}

bool FileAllocation::disk_above_percent(unsigned percent) const {
    struct statvfs status {};
    if (::fstatvfs(file_, &status) != 0) return true;
    const std::uint64_t usable = std::uint64_t{status.f_blocks} - status.f_bfree + status.f_bavail;
    return usable == 0 || std::uint64_t{status.f_bavail} * 100 < usable * (100 - percent);
}

}  // namespace ledger
