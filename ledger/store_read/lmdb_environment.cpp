#include "ledger/store_read/lmdb_environment.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "ledger/core/errc.hpp"

namespace ledger::lmdb {
namespace {

constexpr std::array<const char*, database_count> database_names{"events", "nodes", "heads", "annex", "meta"};
constexpr unsigned readers_max = 510;  // slots for read transactions, over all processes
constexpr mode_t file_mode = 0600;
constexpr std::uint32_t page_bytes_min = 4096;  // that of the system
constexpr std::uint64_t header_bytes = 2 * page_bytes_min;
constexpr off_t first_bytes = 64 * 1024;  // of a new environment with its databases
constexpr unsigned durability_weakened = MDB_NOSYNC | MDB_NOMETASYNC | MDB_MAPASYNC | MDB_WRITEMAP;

/// Environments of this process by device and inode of data.mdb. An entry goes only after its environment is closed.
struct OpenEnvironments {
    using File = std::pair<dev_t, ino_t>;
    std::mutex mutex;
    std::condition_variable closed;
    std::map<File, std::weak_ptr<Environment>> by_file;
};
OpenEnvironments& open_environments() {
    static OpenEnvironments instance;
    return instance;
}

MDB_val format_key() {
    static char name[] = "format";
    return {sizeof name - 1, name};
}

}  // namespace

bool is_damage(int lmdb_code) {
    switch (lmdb_code) {
        case MDB_CORRUPTED:
        case MDB_PAGE_NOTFOUND:
        case MDB_INVALID:
        case MDB_VERSION_MISMATCH:
        case MDB_PANIC:
        case MDB_INCOMPATIBLE:
        case MDB_CURSOR_FULL:
        case MDB_PAGE_FULL:
        case MDB_BAD_TXN:
            return true;
        default:
            return false;
    }
}

// LMDB takes the size of a page from the first one, and looks for the second header there before it returns.
std::optional<std::string> find_header_fault(int file, std::uint64_t file_bytes) {
    constexpr off_t page_size_offset = 40;  // page header 16, magic 4, version 4, address 8, map size 8
    std::uint32_t page_bytes = 0;
    if (file_bytes < header_bytes || ::pread(file, &page_bytes, sizeof page_bytes, page_size_offset) < 4) {
        return "data.mdb is cut: no header";
    }
    if (!std::has_single_bit(page_bytes) || page_bytes < page_bytes_min || file_bytes < 2 * std::uint64_t{page_bytes}) {
        return "data.mdb: no size of a page is " + std::to_string(page_bytes);
    }
    return std::nullopt;
}

std::optional<std::string> find_cut(MDB_env* environment, std::uint64_t file_bytes) {
    MDB_envinfo info{};
    MDB_stat stat{};
    mdb_env_info(environment, &info);
    mdb_env_stat(environment, &stat);
    const std::uint64_t pages = file_bytes / stat.ms_psize;
    if (info.me_last_pgno < pages) return std::nullopt;
    return "data.mdb is cut: " + std::to_string(pages) + " pages, and page " + std::to_string(info.me_last_pgno) +
           " is used";
}

int reserve_lock_file(const std::filesystem::path& folder, unsigned readers) {
    // As LMDB 0.9 has it: 64 bytes a slot, and three times as many before them. A file that is longer is taken as it
    // is.
    const off_t table_bytes = 64 * (static_cast<off_t>(readers) + 2);
    const auto path = folder / "lock.mdb";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_mode);
    if (file < 0) return errno;
    struct stat status {};
    int failed = ::fstat(file, &status) == 0 ? 0 : errno;
    const off_t wanted = status.st_size > 0 ? status.st_size : table_bytes;
    // Not posix_fallocate, which writes to the file where a file system cannot do it.
    if (failed == 0 && ::fallocate(file, 0, 0, wanted) != 0 && errno != EOPNOTSUPP) failed = errno;
    ::close(file);
    return failed;
}

Key::Key(std::uint64_t number) : bytes_{} {
    for (std::size_t i = bytes_.size(); i-- > 0; number >>= 8) bytes_[i] = static_cast<std::uint8_t>(number);
}

std::optional<std::uint64_t> Key::number(const MDB_val& key) {
    if (key.mv_size != 8) return std::nullopt;
    std::uint64_t number = 0;
    for (const std::uint8_t byte : view(key)) number = number << 8 | byte;
    return number;
}

Error Environment::error(std::error_code code, std::string detail) const {
    // People know the ledger's folder; the environment is a folder in it.
    return {code, std::move(detail), {{"folder", folder_.parent_path().string()}}};
}

Error Environment::read_error(int lmdb_code, std::string_view call) const {
    const std::string text = std::string(call) + ": " + mdb_strerror(lmdb_code);
    if (lmdb_code == MDB_NOTFOUND || is_damage(lmdb_code)) return error(errc::log_damaged, text);
    if (lmdb_code == ENOSPC || lmdb_code == EDQUOT) return error(errc::disk_full, text);
    Error unreadable = error(errc::log_unreadable, text);
    unreadable.facts.push_back({"reason", mdb_strerror(lmdb_code)});
    return unreadable;
}

Result<std::shared_ptr<Environment>> Environment::open(const std::filesystem::path& folder, Access access,
                                                       std::uint64_t map_bytes) {
    std::unique_ptr<Environment> environment(new Environment);
    std::error_code failed;  // a working directory that was removed, for instance
    environment->folder_ = std::filesystem::absolute(folder, failed).lexically_normal();
    if (failed) return environment->read_error(failed.value(), "path");
    ACTLEDGER_TRY(const struct stat status, environment->open_file(access));

    OpenEnvironments& all = open_environments();
    const OpenEnvironments::File file{status.st_dev, status.st_ino};
    std::unique_lock lock(all.mutex);
    for (auto known = all.by_file.find(file); known != all.by_file.end(); known = all.by_file.find(file)) {
        if (std::shared_ptr<Environment> open = known->second.lock()) {
            if (access == Access::read) return open;
            return environment->error(errc::log_locked, "open in this process already");
        }
        all.closed.wait(lock);
    }
    ACTLEDGER_CHECK(environment->lock(access));
    ACTLEDGER_CHECK(environment->open_environment(access, map_bytes));
    ACTLEDGER_CHECK(environment->open_databases(access));
    std::shared_ptr<Environment> shared(environment.release(), [file](Environment* closing) {
        OpenEnvironments& registry = open_environments();
        const std::lock_guard closing_lock(registry.mutex);
        delete closing;
        registry.by_file.erase(file);
        registry.closed.notify_all();
    });
    all.by_file[file] = shared;
    return shared;
}

Result<struct stat> Environment::open_file(Access access) {
    const auto data = folder_ / "data.mdb";
    const int flags = access == Access::create  ? O_RDWR | O_CREAT | O_EXCL
                      : access == Access::write ? O_RDWR
                                                : O_RDONLY;
    file_ = ::open(data.c_str(), flags | O_CLOEXEC, file_mode);
    if (file_ < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return error(errc::log_not_found, data.string());
        if (errno == EEXIST) return error(errc::log_exists, data.string());
        return read_error(errno, "open");
    }
    struct stat status {};
    if (::fstat(file_, &status) != 0) return read_error(errno, "fstat");
    // What LMDB writes at first; it would take a full disk for a failing one.
    if (access == Access::create && ::fallocate(file_, FALLOC_FL_KEEP_SIZE, 0, first_bytes) != 0 && errno == ENOSPC) {
        return error(errc::disk_full, "fallocate");
    }
    if (access == Access::create) return status;
    if (const auto fault = find_header_fault(file_, static_cast<std::uint64_t>(status.st_size))) {
        return error(errc::log_damaged, *fault);
    }
    return status;
}

// A writer holds an exclusive lock on data.mdb for as long as it lives; LMDB itself would let several take turns. A
// reader needs none, because LMDB's reader table protects it, unless it cannot write to that table.
Result<void> Environment::lock(Access access) {
    if (access != Access::read) {
        if (::flock(file_, LOCK_EX | LOCK_NB) != 0) return error(errc::log_locked, "flock");
        const int failed = reserve_lock_file(folder_, readers_max);
        return failed == 0 ? Result<void>() : read_error(failed, "lock.mdb");
    }
    const auto lock_file = folder_ / "lock.mdb";
    const bool writable = ::access(lock_file.c_str(), R_OK | W_OK) == 0;
    if (writable && reserve_lock_file(folder_, readers_max) == 0) return {};
    // No table, one that this user may not write, or one without room: reading is safe as long as nobody writes, which
    // the shared lock sees to. It also avoids leaving a lock file that the service account could not open.
    without_lock_file_ = true;
    if (::flock(file_, LOCK_SH | LOCK_NB) == 0) return {};
    if (writable) return error(errc::disk_full, lock_file.string());
    Error unreadable = error(errc::log_unreadable, lock_file.string());
    unreadable.facts.push_back({"reason", "a server writes to it, and lock.mdb may not be written by this user"});
    return unreadable;
}

Result<void> Environment::open_environment(Access access, std::uint64_t map_bytes) {
    const Inside inside(log_file());
    // After a failed sync, pages that never reached the disk may look well in the cache.
    if (access == Access::write) ::posix_fadvise(file_, 0, 0, POSIX_FADV_DONTNEED);

    if (const int code = mdb_env_create(&env_); code != 0) return read_error(code, "mdb_env_create");
    mdb_env_set_maxdbs(env_, database_count);
    mdb_env_set_maxreaders(env_, readers_max);
    mdb_env_set_assert(env_, [](MDB_env*, const char*) { end_if_prepared(); });
    if (map_bytes != 0) {
        if (const int code = mdb_env_set_mapsize(env_, map_bytes); code != 0)
            return read_error(code, "mdb_env_set_mapsize");
    }
    const unsigned flags =
        MDB_NOTLS | (access == Access::read ? MDB_RDONLY : 0U) | (without_lock_file_ ? MDB_NOLOCK : 0U);
    if (const int code = mdb_env_open(env_, folder_.c_str(), flags, file_mode); code != 0) {
        if (code == MDB_VERSION_MISMATCH) return error(errc::log_damaged, "data.mdb: another LMDB data format");
        return read_error(code, "mdb_env_open");
    }
    unsigned effective = 0;
    mdb_env_get_flags(env_, &effective);
    ACTLEDGER_ASSERT((effective & durability_weakened) == 0);

    struct stat status {};
    if (::fstat(file_, &status) != 0) return read_error(errno, "fstat");
    if (access != Access::create) {
        if (const auto cut = find_cut(env_, static_cast<std::uint64_t>(status.st_size))) {
            return error(errc::log_damaged, *cut);
        }
    }
    map_ = WatchedMap(file_, log_file());
    if (access == Access::write) {
        int dead = 0;
        if (const int code = mdb_reader_check(env_, &dead); code != 0) return read_error(code, "mdb_reader_check");
    }
    return {};
}

Result<void> Environment::open_databases(Access access) {
    const Inside inside(log_file());
    MDB_txn* transaction = nullptr;
    const bool create = access == Access::create;
    if (const int code = mdb_txn_begin(env_, nullptr, create ? 0 : MDB_RDONLY, &transaction); code != 0) {
        return read_error(code, "mdb_txn_begin");
    }
    for (std::size_t i = 0; i < database_count; ++i) {
        unsigned flags = 0;
        int code = mdb_dbi_open(transaction, database_names[i], create ? MDB_CREATE : 0, &databases_[i]);
        if (code == 0) code = mdb_dbi_flags(transaction, databases_[i], &flags);
        if (code == 0 && flags == 0) continue;
        mdb_txn_abort(transaction);
        if (code == 0) return error(errc::log_damaged, "data.mdb: a table is of another kind");
        return read_error(code, std::string("mdb_dbi_open ") + database_names[i]);
    }
    if (create) {
        MDB_val key = format_key();
        Key version(format_version);
        MDB_val value = version.value();
        if (const int code = mdb_put(transaction, database(Database::meta), &key, &value, 0); code != 0) {
            mdb_txn_abort(transaction);
            return read_error(code, "mdb_put");
        }
    } else if (auto checked = check_format(transaction); !checked) {
        mdb_txn_abort(transaction);
        return checked;
    }
    // A commit, also when reading: an abort would close the databases again.
    if (const int code = mdb_txn_commit(transaction); code != 0) return read_error(code, "mdb_txn_commit");
    return {};
}

Result<void> Environment::check_format(MDB_txn* transaction) const {
    MDB_val key = format_key();
    MDB_val value{};
    if (const int code = mdb_get(transaction, database(Database::meta), &key, &value); code != 0) {
        return read_error(code, "format version");
    }
    const auto version = Key::number(value);
    if (!version) return error(errc::log_damaged, "format version is not 8 bytes long");
    if (*version == format_version) return {};
    Error unknown = error(errc::log_format_unknown, {});
    unknown.facts.push_back({"format", std::to_string(*version)});
    return unknown;
}

bool Environment::is_inside_by_now(const MDB_val& bytes) const {
    struct stat status {};
    if (::fstat(file_, &status) != 0) return false;
    file_bytes_ = static_cast<std::uint64_t>(status.st_size);
    return map_.holds(bytes.mv_data, bytes.mv_size, file_bytes_);
}

Environment::~Environment() {
    const Inside inside(log_file());
    if (env_ != nullptr) mdb_env_close(env_);
    if (file_ >= 0) ::close(file_);
}

std::uint64_t Environment::used_bytes() const {
    MDB_envinfo info{};
    MDB_stat stat{};
    mdb_env_info(env_, &info);
    mdb_env_stat(env_, &stat);
    return (std::uint64_t{info.me_last_pgno} + 1) * stat.ms_psize;
}

std::uint64_t Environment::map_bytes() const {
    MDB_envinfo info{};
    mdb_env_info(env_, &info);
    return info.me_mapsize;
}

Result<ReadTransaction> ReadTransaction::begin(const Environment& environment) {
    MDB_txn* transaction = nullptr;
    if (const int code = in_log([&] { return mdb_txn_begin(environment.handle(), nullptr, MDB_RDONLY, &transaction); });
        code != 0) {
        return environment.read_error(code, "mdb_txn_begin");
    }
    return ReadTransaction(environment, transaction);
}

Result<std::optional<ByteView>> ReadTransaction::get(Database database, std::uint64_t key) const {
    Key bytes(key);
    MDB_val key_value = bytes.value();
    MDB_val value{};
    const int code =
        in_log([&] { return mdb_get(transaction_, environment_->database(database), &key_value, &value); });
    if (code == MDB_NOTFOUND) return std::optional<ByteView>();
    if (code != 0) return environment_->read_error(code, "mdb_get");
    ACTLEDGER_CHECK(environment_->check_inside(value, value));  // the key is ours
    return std::optional(view(value));
}

Result<std::uint64_t> ReadTransaction::count(Database database) const {
    MDB_stat stat{};
    if (const int code = in_log([&] { return mdb_stat(transaction_, environment_->database(database), &stat); });
        code != 0) {
        return environment_->read_error(code, "mdb_stat");
    }
    return std::uint64_t{stat.ms_entries};
}

Result<Cursor> Cursor::open(const ReadTransaction& transaction, Database database) {
    MDB_cursor* cursor = nullptr;
    const Environment& environment = transaction.environment();
    if (const int code =
            in_log([&] { return mdb_cursor_open(transaction.handle(), environment.database(database), &cursor); });
        code != 0) {
        return environment.read_error(code, "mdb_cursor_open");
    }
    return Cursor(environment, cursor);
}

Result<std::optional<Cursor::Entry>> Cursor::move(std::uint64_t key, MDB_cursor_op operation) {
    Key bytes(key);
    MDB_val key_value = bytes.value();
    MDB_val value{};
    const int code = in_log([&] { return mdb_cursor_get(cursor_, &key_value, &value, operation); });
    if (code == MDB_NOTFOUND) return std::optional<Entry>();
    if (code != 0) return environment_->read_error(code, "mdb_cursor_get");
    ACTLEDGER_CHECK(environment_->check_inside(key_value, value));
    const auto number = Key::number(key_value);
    if (!number) return environment_->error(errc::log_damaged, "a key is not 8 bytes long");
    return std::optional(Entry{*number, view(value)});
}

Result<std::optional<Cursor::Entry>> Cursor::at_or_after(std::uint64_t key) { return move(key, MDB_SET_RANGE); }
Result<std::optional<Cursor::Entry>> Cursor::next() { return move(0, MDB_NEXT); }
Result<std::optional<Cursor::Entry>> Cursor::last() { return move(0, MDB_LAST); }

}  // namespace ledger::lmdb
