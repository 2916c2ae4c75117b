#include "projections/read/read_environment.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include "ledger/store_read/lmdb_environment.hpp"
#include "projections/read/errc.hpp"

namespace projections {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::Result;

constexpr std::array<const char*, read_table_count> table_names{"changes", "seats", "by_product", "by_license",
                                                                "days",    "names", "meta"};
constexpr unsigned readers_max = 126;  // LMDB's own choice
constexpr std::uintmax_t room_of_a_commit = std::uintmax_t{1} << 20;
// Address space, not memory. ThreadSanitizer leaves a program less of it.
#ifdef __SANITIZE_THREAD__
constexpr std::size_t map_bytes = std::size_t{1} << 34;
#else
constexpr std::size_t map_bytes = std::size_t{1} << 38;
#endif

/// Changes with every start of the machine.
std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

std::string first_line(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

Error unusable(const fs::path& folder, const std::string& reason, std::string detail) {
    return {read_errc::read_models_unusable, std::move(detail), {{"folder", folder.string()}, {"reason", reason}}};
}

MDB_val to_val(ledger::ByteView bytes) {
    // LMDB does not write through it.
    return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())};
}
ledger::ByteView view(const MDB_val& value) { return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size}; }

}  // namespace

Error ReadEnvironment::error(int failed, std::string_view call) const {
    // LMDB says so of a write that was cut short, as those on a full disk are.
    std::error_code unknown;
    if (failed == EIO && fs::space(folder_, unknown).available < room_of_a_commit && !unknown) failed = ENOSPC;
    return unusable(folder_, mdb_strerror(failed), std::string(call));
}

Result<std::unique_ptr<ReadEnvironment>> ReadEnvironment::open(const fs::path& folder, Access access) {
    std::unique_ptr<ReadEnvironment> environment(new ReadEnvironment(folder));
    if (access == Access::write) {
        ACTLEDGER_CHECK(environment->take_for_writing());
    } else {
        const std::string unsynced_since = first_line(folder / "in-use");
        if (!fs::exists(folder / "data.mdb") || (!unsynced_since.empty() && unsynced_since != boot_id())) {
            return Error{read_errc::read_models_stale, {}, {{"folder", folder.string()}}};
        }
    }
    ACTLEDGER_CHECK(environment->open_environment(access));
    return environment;
}

Result<void> ReadEnvironment::take_for_writing() {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed) return unusable(folder_, failed.message(), "mkdir");
    lock_ = ::open((folder_ / "writer").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) return error(errno, "open");
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        return Error{read_errc::read_models_busy, {}, {{"folder", folder_.string()}}};
    }
    // LMDB without syncs is whole after a crash of the process, and may be anything after one of the machine.
    const fs::path in_use = folder_ / "in-use";
    const std::string before = first_line(in_use);
    if (fs::exists(in_use) && before != boot_id()) {
        fs::remove(folder_ / "data.mdb", failed);
        fs::remove(folder_ / "lock.mdb", failed);
    }
    const int file = ::open(in_use.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const std::string line = boot_id() + "\n";
    const bool written =
        file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file) == 0;
    const int why = errno;
    if (file >= 0) ::close(file);
    if (!written) return error(why, "in-use");
    const int directory = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = directory >= 0 && ::fsync(directory) == 0;
    const int sync_failed = errno;
    if (directory >= 0) ::close(directory);
    if (!synced) return error(sync_failed, "fsync");
    return {};
}

Result<void> ReadEnvironment::open_environment(Access access) {
    if (const int failed = ledger::lmdb::reserve_lock_file(folder_, readers_max); failed != 0) {
        return error(failed, "lock.mdb");
    }
    if (const int failed = mdb_env_create(&env_); failed != 0) return error(failed, "mdb_env_create");
    int failed = mdb_env_set_maxdbs(env_, read_table_count);
    if (failed == 0) failed = mdb_env_set_mapsize(env_, map_bytes);
    const unsigned flags = access == Access::write ? MDB_NOSYNC : MDB_RDONLY;
    if (failed == 0) failed = mdb_env_open(env_, folder_.c_str(), flags | MDB_NOTLS, 0600);
    if (failed != 0) return error(failed, "mdb_env_open");
    MDB_txn* transaction = nullptr;
    failed = mdb_txn_begin(env_, nullptr, access == Access::write ? 0 : MDB_RDONLY, &transaction);
    if (failed != 0) return error(failed, "mdb_txn_begin");
    for (std::size_t i = 0; i < read_table_count && failed == 0; ++i) {
        failed = mdb_dbi_open(transaction, table_names[i], access == Access::write ? MDB_CREATE : 0, &tables_[i]);
    }
    if (failed != 0) {
        mdb_txn_abort(transaction);
        return error(failed, "mdb_dbi_open");
    }
    failed = mdb_txn_commit(transaction);
    if (failed != 0) return error(failed, "mdb_txn_commit");
    return {};
}

ReadEnvironment::~ReadEnvironment() {
    const bool synced = env_ != nullptr && lock_ >= 0 && mdb_env_sync(env_, 1) == 0;
    if (env_ != nullptr) mdb_env_close(env_);
    // Not synced: the mark stays, and only a crash of the machine makes it count.
    if (synced) ::unlink((folder_ / "in-use").c_str());
    if (lock_ >= 0) ::close(lock_);
}

Result<ReadTransaction> ReadTransaction::begin(const ReadEnvironment& environment, ReadEnvironment::Access access) {
    MDB_txn* transaction = nullptr;
    const unsigned flags = access == ReadEnvironment::Access::write ? 0 : MDB_RDONLY;
    const int failed = mdb_txn_begin(environment.handle(), nullptr, flags, &transaction);
    if (failed != 0) return environment.error(failed, "mdb_txn_begin");
    return ReadTransaction(environment, transaction);
}

ReadTransaction::~ReadTransaction() {
    if (transaction_ != nullptr) mdb_txn_abort(transaction_);
}

ReadTransaction::ReadTransaction(ReadTransaction&& other) noexcept
    : environment_(other.environment_), transaction_(std::exchange(other.transaction_, nullptr)) {}

Result<std::optional<ledger::ByteView>> ReadTransaction::get(ReadTable table, ledger::ByteView key) const {
    MDB_val wanted = to_val(key);
    MDB_val found{};
    const int failed = mdb_get(transaction_, environment_->table(table), &wanted, &found);
    if (failed == MDB_NOTFOUND) return std::optional<ledger::ByteView>();
    if (failed != 0) return environment_->error(failed, "mdb_get");
    return std::optional(view(found));
}

Result<void> ReadTransaction::put(ReadTable table, ledger::ByteView key, ledger::ByteView value, Order order) {
    MDB_val put_key = to_val(key);
    MDB_val put_value = to_val(value);
    const unsigned flags = order == Order::next ? MDB_APPEND : 0;
    const int failed = mdb_put(transaction_, environment_->table(table), &put_key, &put_value, flags);
    if (failed != 0) return environment_->error(failed, "mdb_put");
    return {};
}

Result<void> ReadTransaction::commit() {
    const int failed = mdb_txn_commit(std::exchange(transaction_, nullptr));
    if (failed != 0) return environment_->error(failed, "mdb_txn_commit");
    return {};
}

Result<void> ReadTransaction::visit(ReadTable table, ledger::ByteView from, const Visitor& visit) const {
    MDB_cursor* opened = nullptr;
    if (const int failed = mdb_cursor_open(transaction_, environment_->table(table), &opened); failed != 0) {
        return environment_->error(failed, "mdb_cursor_open");
    }
    const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(opened, &mdb_cursor_close);
    MDB_val key = to_val(from);
    MDB_val value{};
    int failed = mdb_cursor_get(cursor.get(), &key, &value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
    while (failed == 0 && visit(view(key), view(value))) {
        failed = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT);
    }
    if (failed != 0 && failed != MDB_NOTFOUND) return environment_->error(failed, "mdb_cursor_get");
    return {};
}

}  // namespace projections
