#include "tools/issuer/new_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "ledger/core/suite.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/terminal/errc.hpp"

namespace issuer {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::Result;

class Descriptor {
 public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

 private:
    int fd_;
};

Error failed(terminal::errc code, const fs::path& path, int why) {
    return {code, {}, {{"path", path.string()}, {"reason", std::strerror(why)}}};
}

bool write_all(int fd, ledger::ByteView contents) {
    while (!contents.empty()) {
        const auto count = ::write(fd, contents.data(), contents.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        contents = contents.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

Result<void> write_new_file(const fs::path& path, ledger::ByteView contents, Secrecy secrecy) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    std::array<std::uint8_t, 8> random{};
    ledger::fill_random(random);
    const fs::path unfinished = folder / ("." + path.filename().string() + "." + ledger::hex_encode(random));
    const mode_t mode = secrecy == Secrecy::secret ? 0600 : 0644;
    {
        const Descriptor file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
        if (file.get() < 0) return failed(terminal::errc::file_unwritable, path, errno);
        if (!write_all(file.get(), contents) || ::fsync(file.get()) != 0) {
            const int why = errno;
            ::unlink(unfinished.c_str());
            return failed(terminal::errc::file_unwritable, path, why);
        }
    }
    if (::renameat2(AT_FDCWD, unfinished.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
        const int why = errno;
        ::unlink(unfinished.c_str());
        if (why == EEXIST) return Error{errc::file_exists, {}, {{"path", path.string()}}};
        return failed(terminal::errc::file_unwritable, path, why);
    }
    const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
        return failed(terminal::errc::file_unwritable, path, errno);
    }
    return {};
}

Result<std::string> read_file(const fs::path& path, std::size_t bytes_max) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return failed(terminal::errc::file_unreadable, path, errno);
    std::string contents(bytes_max + 1, '\0');
    std::size_t length = 0;
    while (length < contents.size()) {
        const auto count = ::read(file.get(), contents.data() + length, contents.size() - length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed(terminal::errc::file_unreadable, path, errno);
        if (count == 0) break;
        length += static_cast<std::size_t>(count);
    }
    if (length > bytes_max) return failed(terminal::errc::file_unreadable, path, EFBIG);
    contents.resize(length);
    return contents;
}

Result<std::vector<fs::path>> finished_files(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code why;
    fs::directory_iterator entry(folder, why);
    if (why == std::errc::no_such_file_or_directory) return files;
    for (; !why && entry != fs::directory_iterator(); entry.increment(why)) {
        if (entry->path().filename().native().front() != '.') files.push_back(entry->path());
    }
    if (why) return failed(terminal::errc::file_unreadable, folder, why.value());
    std::ranges::sort(files);
    return files;
}

}  // namespace issuer
