#include "snapshot/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "projections/state/errc.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"
#include "snapshot/state_errc.hpp"

namespace snapshot {
namespace {

using ledger::Error;
using ledger::Result;
using projections::get_little_endian;
using projections::put_little_endian;

constexpr std::string_view magic = "ACTLEDGER STATE\n";
// Places of the header's fields. What lies between and behind them is zero.
constexpr std::size_t version_at = 16, state_version_at = 20, size_at = 24, root_at = 32, state_at = 64, body_at = 96,
                      origin_at = 104, origin_bytes = 64, checksum_at = 224;

ledger::Digest checksum(const StateHeader& header) {
    projections::StateWriter writer;
    writer.fixed(std::span(header).first(checksum_at));
    return writer.finish();
}

Error with_path(Error error, const std::filesystem::path& path) {
    error.facts.push_back({"path", path.string()});
    return error;
}
Error unreadable(const std::filesystem::path& path, int failed) {
    return {state_errc::snapshot_unreadable,
            {},
            {{"path", path.string()}, {"reason", std::generic_category().message(failed)}}};
}
Error not_written(const std::filesystem::path& path, int failed, std::string call) {
    return {state_errc::snapshot_not_written,
            std::move(call),
            {{"path", path.string()}, {"reason", std::generic_category().message(failed)}}};
}

/// An open file descriptor.
class File {
 public:
    File(const std::filesystem::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int get() const { return fd_; }

    /// Up to size bytes. @return how many; -1 with errno
    [[nodiscard]] ssize_t read(std::uint8_t* at, std::size_t size) const {
        ssize_t got = 0;
        do {
            got = ::read(fd_, at, size);
        } while (got < 0 && errno == EINTR);
        return got;
    }

 private:
    int fd_;
};

Result<StateFacts> read_header(const File& file, const std::filesystem::path& path) {
    if (file.get() < 0) return unreadable(path, errno);
    StateHeader header{};
    std::size_t size = 0;
    while (size < header.size()) {
        const ssize_t got = file.read(header.data() + size, header.size() - size);
        if (got < 0) return unreadable(path, errno);
        if (got == 0) return with_path({state_errc::snapshot_damaged, "it is shorter than a header"}, path);
        size += static_cast<std::size_t>(got);
    }
    auto facts = parse_state_header(header);
    if (!facts) return with_path(facts.error(), path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return unreadable(path, errno);
    if (static_cast<std::uint64_t>(status.st_size) != state_header_bytes + facts->body_bytes) {
        return with_path({state_errc::snapshot_damaged, "it is not as long as its header says"}, path);
    }
    return facts;
}

/// A file that comes to be under "<path>.new". What fails once is not tried again.
class NewFile {
 public:
    explicit NewFile(const std::filesystem::path& path)
        : path_(path), fresh_(path.string() + ".new"), file_(fresh_, O_WRONLY | O_CREAT | O_TRUNC) {
        if (file_.get() < 0) {
            fail(errno, "open");
            return;
        }
        // A command that root runs must not leave what the service's own account cannot read.
        struct stat folder {};
        const bool known = ::stat(path_.parent_path().c_str(), &folder) == 0;
        if (!known) fail(errno, "stat");
        if (known && folder.st_uid != ::geteuid() && ::fchown(file_.get(), folder.st_uid, folder.st_gid) != 0) {
            fail(errno, "fchown");
        }
    }
    ~NewFile() {
        if (!in_place_ && file_.get() >= 0) ::unlink(fresh_.c_str());
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    void write_at(std::uint64_t offset, ledger::ByteView bytes) {
        if (error_) return;
        if (!leaves_room(bytes.size())) return fail(ENOSPC, "statvfs");
        while (!bytes.empty()) {
            const ssize_t n = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return fail(errno, "write");
            bytes = bytes.subspan(static_cast<std::size_t>(n));
            offset += static_cast<std::uint64_t>(n);
            unsynced_ += static_cast<std::uint64_t>(n);
        }
        // In portions: one large sync at the end would hold up those of the log, on the same disk.
        if (unsynced_ >= synced_at_once) sync();
    }
    Result<void> put_in_place() {
        sync();
        if (!error_ && ::rename(fresh_.c_str(), path_.c_str()) != 0) fail(errno, "rename");
        if (!error_) {
            in_place_ = true;
            const File folder(path_.parent_path(), O_RDONLY | O_DIRECTORY);
            if (folder.get() < 0 || ::fsync(folder.get()) != 0) fail(errno, "fsync of the folder");
        }
        if (error_) return *error_;
        return {};
    }

 private:
    static constexpr std::uint64_t synced_at_once = 8U << 20;
    static constexpr std::uint64_t kept_free_bytes = 64U << 20;  // the log's own share: EngineOptions

    void fail(int failed, const char* call) {
        if (!error_) error_ = not_written(path_, failed, call);
    }
    void sync() {
        if (!error_ && ::fdatasync(file_.get()) != 0) fail(errno, "fdatasync");
        unsynced_ = 0;
    }
    [[nodiscard]] bool leaves_room(std::size_t bytes) const {
        struct statvfs status {};
        if (::fstatvfs(file_.get(), &status) != 0) return false;
        const std::uint64_t all = std::uint64_t{status.f_blocks} * status.f_frsize;
        const std::uint64_t available = std::uint64_t{status.f_bavail} * status.f_frsize;
        return available >= bytes + std::min(kept_free_bytes, all / 100);
    }

    std::filesystem::path path_;
    std::filesystem::path fresh_;
    File file_;
    std::uint64_t unsynced_ = 0;
    std::optional<Error> error_;
    bool in_place_ = false;
};

}  // namespace

StateHeader state_header(const StateFacts& facts) {
    StateHeader header{};
    const std::string origin = facts.origin.text();
    ACTLEDGER_ASSERT(origin.size() <= origin_bytes);
    std::ranges::copy(magic, header.begin());
    put_little_endian(&header[version_at], state_file_version);
    put_little_endian(&header[state_version_at], projections::state_version);
    put_little_endian(&header[size_at], facts.head.size.value);
    std::ranges::copy(facts.head.root.bytes, &header[root_at]);
    std::ranges::copy(facts.state.bytes, &header[state_at]);
    put_little_endian(&header[body_at], facts.body_bytes);
    std::ranges::copy(origin, &header[origin_at]);
    std::ranges::copy(checksum(header).bytes, &header[checksum_at]);
    return header;
}

Result<StateFacts> parse_state_header(const StateHeader& header) {
    if (!std::equal(magic.begin(), magic.end(), header.begin())) {
        return Error{state_errc::snapshot_damaged, "it does not begin as a snapshot"};
    }
    // Before the checksum: another version may have it elsewhere.
    const auto version = get_little_endian<std::uint32_t>(&header[version_at]);
    const auto state_version = get_little_endian<std::uint32_t>(&header[state_version_at]);
    if (version != state_file_version || state_version != projections::state_version) {
        const std::string name = std::to_string(version) + "." + std::to_string(state_version);
        return Error{state_errc::snapshot_version_unknown, {}, {{"version", name}}};
    }
    if (!ledger::equal(checksum(header).view(), std::span(header).subspan(checksum_at))) {
        return Error{state_errc::snapshot_damaged, "the header's checksum is another"};
    }
    const std::string_view origin(reinterpret_cast<const char*>(&header[origin_at]), origin_bytes);
    const auto parsed = ledger::Origin::parse(origin.substr(0, origin.find('\0')));
    if (!parsed) return Error{state_errc::snapshot_damaged, "the origin is none"};
    StateFacts facts;
    facts.origin = *parsed;
    facts.head.size = {get_little_endian<std::uint64_t>(&header[size_at])};
    std::copy_n(&header[root_at], facts.head.root.bytes.size(), facts.head.root.bytes.begin());
    std::copy_n(&header[state_at], facts.state.bytes.size(), facts.state.bytes.begin());
    facts.body_bytes = get_little_endian<std::uint64_t>(&header[body_at]);
    const bool in_range = facts.head.size.value > 0 && facts.head.size <= ledger::tree_size_max;
    if (!in_range || state_header(facts) != header) {
        return Error{state_errc::snapshot_damaged, "the header is not one that is written"};
    }
    return facts;
}

Result<StateFacts> read_state_facts(const std::filesystem::path& path) {
    return read_header(File(path, O_RDONLY), path);
}

Result<StateRead> read_state_file(const std::filesystem::path& path) {
    const File file(path, O_RDONLY);
    ACTLEDGER_TRY(const StateFacts facts, read_header(file, path));
    static_cast<void>(::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL));  // advice: nothing hangs on it
    projections::StateReader reader([&](std::span<std::uint8_t> out) -> Result<std::size_t> {
        const ssize_t got = file.read(out.data(), out.size());
        if (got < 0) return unreadable(path, errno);
        return static_cast<std::size_t>(got);
    });
    auto read = projections::LedgerState::read(reader);
    if (!read) {
        if (read.error().code != projections::errc::state_malformed) return read.error();
        return with_path({state_errc::snapshot_damaged, read.error().detail}, path);
    }
    const bool as_said = read->digest == facts.state && read->state->size() == facts.head.size &&
                         read->state->identity().origin() == facts.origin.text();
    if (!as_said) return with_path({state_errc::snapshot_damaged, "the state is not what the header says"}, path);
    return StateRead{facts, std::move(read->state)};
}

Result<StateFacts> write_state_file(const std::filesystem::path& path, const projections::LedgerState& state,
                                    const ledger::TreeHead& head) {
    ACTLEDGER_ASSERT(head.size == state.size() && head.size.value > 0);
    ACTLEDGER_TRY(ledger::Origin origin, ledger::Origin::parse(state.identity().origin()));
    NewFile file(path);
    std::uint64_t written = state_header_bytes;
    projections::StateWriter writer([&](ledger::ByteView piece) {
        file.write_at(written, piece);
        written += piece.size();
    });
    state.write(writer);
    StateFacts facts{std::move(origin), head, writer.finish(), writer.size()};
    file.write_at(0, state_header(facts));
    ACTLEDGER_CHECK(file.put_in_place());
    return facts;
}

}  // namespace snapshot
