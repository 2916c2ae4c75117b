#include "snapshot/state_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "ledger/core/bytes.hpp"
#include "snapshot/state_errc.hpp"

namespace snapshot {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::Result;

constexpr std::string_view prefix = "state-";
constexpr std::string_view suffix = ".snapshot";
constexpr std::size_t size_digits = 20;  // so that names sort as sizes do

std::optional<ledger::TreeSize> size_in(const std::string& name) {
    if (name.size() != prefix.size() + size_digits + suffix.size()) return std::nullopt;
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
    const std::string_view digits = std::string_view(name).substr(prefix.size(), size_digits);
    const std::size_t first = std::min(digits.find_first_not_of('0'), size_digits - 1);
    const auto size = ledger::decimal_decode(digits.substr(first));
    if (!size || *size == 0) return std::nullopt;
    return ledger::TreeSize{*size};
}

Error not_written(const fs::path& path, int failed, const char* call) {
    return {state_errc::snapshot_not_written,
            call,
            {{"path", path.string()}, {"reason", std::generic_category().message(failed)}}};
}

/// Held by whoever writes; the kernel lets go of it with the process.
class WriterLock {
 public:
    explicit WriterLock(const fs::path& folder)
        : fd_(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
    ~WriterLock() {
        if (fd_ >= 0) ::close(fd_);
    }
    WriterLock(const WriterLock&) = delete;
    WriterLock& operator=(const WriterLock&) = delete;
    Result<void> take(const fs::path& folder) const {
        if (fd_ < 0) return not_written(folder / "lock", errno, "open");
        struct stat owner {};
        const bool foreign = ::stat(folder.c_str(), &owner) == 0 && owner.st_uid != ::geteuid();
        if (foreign && ::fchown(fd_, owner.st_uid, owner.st_gid) != 0) {
            return not_written(folder / "lock", errno, "fchown");
        }
        if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return {};
        if (errno == EWOULDBLOCK) return Error{state_errc::snapshot_busy, {}, {{"folder", folder.string()}}};
        return not_written(folder / "lock", errno, "flock");
    }

 private:
    int fd_;
};

Result<void> make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0) {
        if (errno == EEXIST) return {};
        return not_written(folder, errno, "mkdir");
    }
    struct stat owner {};
    if (::stat(folder.parent_path().c_str(), &owner) != 0) return not_written(folder, errno, "stat");
    if (owner.st_uid != ::geteuid() && ::chown(folder.c_str(), owner.st_uid, owner.st_gid) != 0) {
        return not_written(folder, errno, "chown");
    }
    return {};
}

}  // namespace

fs::path StateFolder::path_of(ledger::TreeSize size) const {
    std::string digits = std::to_string(size.value);
    digits.insert(0, size_digits - digits.size(), '0');
    return folder_ / (std::string(prefix) + digits + std::string(suffix));
}

Result<std::vector<StateFolder::Entry>> StateFolder::list() const {
    std::vector<Entry> entries;
    std::error_code failed;
    fs::directory_iterator files(folder_, failed);
    for (; !failed && files != fs::directory_iterator(); files.increment(failed)) {
        if (const auto size = size_in(files->path().filename().string())) entries.push_back({files->path(), *size});
    }
    if (failed && failed != std::errc::no_such_file_or_directory) {
        return Error{state_errc::snapshot_unreadable, {}, {{"path", folder_.string()}, {"reason", failed.message()}}};
    }
    std::ranges::sort(entries, std::greater<>(), &Entry::size);
    return entries;
}

Result<StateFacts> StateFolder::write(const projections::LedgerState& state, const ledger::TreeHead& head,
                                      const std::vector<fs::path>& bad) const {
    ACTLEDGER_CHECK(make_folder(folder_));
    const WriterLock lock(folder_);
    ACTLEDGER_CHECK(lock.take(folder_));
    std::error_code failed;
    for (fs::directory_iterator files(folder_, failed); !failed && files != fs::directory_iterator();
         files.increment(failed)) {
        if (files->path().extension() == ".new") ::unlink(files->path().c_str());
    }
    const fs::path path = path_of(head.size);
    ACTLEDGER_TRY(StateFacts facts, write_state_file(path, state, head));

    std::vector<fs::path> others = bad;
    std::erase(others, path);
    ACTLEDGER_CHECK(keep_newest(others));
    return facts;
}

Result<void> StateFolder::clear(const std::vector<fs::path>& bad) const {
    const WriterLock lock(folder_);
    ACTLEDGER_CHECK(lock.take(folder_));
    return keep_newest(bad);
}

Result<void> StateFolder::keep_newest(const std::vector<fs::path>& bad) const {
    ACTLEDGER_TRY(const std::vector<Entry> entries, list());
    std::size_t good = 0;
    for (const Entry& entry : entries) {
        const bool is_bad = std::ranges::find(bad, entry.path) != bad.end();
        if (!is_bad && ++good <= kept) continue;
        // What cannot be removed is looked at, and passed over, at the next start.
        ::unlink(entry.path.c_str());
    }
    return {};
}

}  // namespace snapshot
