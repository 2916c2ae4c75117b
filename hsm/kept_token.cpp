#include "hsm/kept_token.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "hsm/durable_file.hpp"
#include "hsm/token_files.hpp"

namespace hsm {
namespace {

namespace fs = std::filesystem;
using ledger::Bytes;
using ledger::ByteView;

constexpr std::string_view file_name = "token.object";
constexpr std::string_view copy_name = "token.object.kept";
constexpr std::size_t file_bytes_max = 64 * 1024;
/// The file begins with a number that grows with each login, and says nothing.
constexpr std::size_t generation_bytes = 8;
constexpr int lock_tries = 50;
constexpr std::chrono::milliseconds between_tries{10};

std::error_code last_error() { return {errno, std::generic_category()}; }

/// A token's file, locked as SoftHSM locks it (fcntl) while it writes: nobody is in the middle of it.
class LockedFile {
 public:
    LockedFile(const fs::path& path, short lock)
        : fd_(::open(path.c_str(), (lock == F_WRLCK ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, 0600)) {
        if (fd_ < 0) failure_ = last_error();
        for (int i = 0; fd_ >= 0 && i < lock_tries; ++i) {
            struct flock whole {};
            whole.l_type = lock;
            whole.l_whence = SEEK_SET;
            if (::fcntl(fd_, F_SETLK, &whole) == 0) {
                failure_.clear();
                return;
            }
            failure_ = last_error();
            std::this_thread::sleep_for(between_tries);
        }
    }
    ~LockedFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    LockedFile(const LockedFile&) = delete;
    LockedFile& operator=(const LockedFile&) = delete;
    [[nodiscard]] std::error_code failure() const { return failure_; }

    [[nodiscard]] Bytes read() const {
        Bytes bytes(file_bytes_max);
        const ssize_t got = ::pread(fd_, bytes.data(), bytes.size(), 0);
        bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return bytes;
    }
    /// In place: who waits for the lock reads this file.
    [[nodiscard]] std::error_code write(ByteView bytes, const fs::path& folder) const {
        if (const auto failed = give_to_owner_of(folder, fd_)) return failed;  // it may have been made just now
        const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), 0);
        if (written != static_cast<ssize_t>(bytes.size()) || ::fsync(fd_) != 0) return last_error();
        return {};
    }

 private:
    int fd_;
    std::error_code failure_;
};

bool is_cut(ByteView file, std::size_t whole) {
    return file.size() < whole || std::ranges::all_of(file, [](std::uint8_t byte) { return byte == 0; });
}

std::error_code mend(const fs::path& token, ByteView copy) {
    {
        std::error_code missing;
        if (const auto now = read_file(token / file_name, file_bytes_max, missing); now && !is_cut(*now, copy.size())) {
            return {};
        }
    }
    const LockedFile file(token / file_name, F_WRLCK);
    if (file.failure()) return file.failure();
    if (!is_cut(file.read(), copy.size())) return {};  // somebody was in the middle of it
    return file.write(copy, token);
}

ByteView told(ByteView file) { return file.size() < generation_bytes ? ByteView() : file.subspan(generation_bytes); }

}  // namespace

std::error_code mend_token_files(const Options& options) {
    const auto folder = softhsm_folder(options);
    if (!folder) return {};
    std::error_code failure;
    std::error_code unread;
    for (const fs::directory_entry& token : fs::directory_iterator(*folder, unread)) {
        std::error_code missing;
        const auto copy = read_file(token.path() / copy_name, file_bytes_max, missing);
        if (!copy) continue;  // never logged in to from here
        if (const auto failed = mend(token.path(), *copy)) failure = failed;
    }
    return failure;
}

std::error_code keep_token_file(const fs::path& folder, std::string_view serial) {
    std::error_code unread;
    for (const fs::directory_entry& token : fs::directory_iterator(folder, unread)) {
        Bytes now;
        {
            const LockedFile file(token.path() / file_name, F_RDLCK);
            if (file.failure()) continue;  // not a token's folder
            now = file.read();
        }
        if (ledger::as_text(now).find(serial) == std::string_view::npos) continue;
        std::error_code missing;
        const auto copy = read_file(token.path() / copy_name, file_bytes_max, missing);
        if (copy && std::ranges::equal(told(*copy), told(now))) return {};
        return write_file_durably(token.path() / copy_name, now, FileOwner::of_folder);  // root may look at a card, too
    }
    return unread;
}

}  // namespace hsm
