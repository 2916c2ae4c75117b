#include "projections/read/read_environment.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include "ledger/core/synced_file.hpp"
#include "ledger/store_read/lmdb_environment.hpp"
#include "projections/read/errc.hpp"
#include "projections/read/seal.hpp"

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

/// An empty file. Whether it could be made is not looked at: what it stands for is found again without it.
void make_mark(const std::string& path) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
}

constexpr std::string_view led_astray = "a page leads out of data.mdb";
/// Behind the boot id, by a writer that found another's mark of the same boot: that one ended without closing.
constexpr std::string_view second_in_succession = " again";

/// One call of LMDB on this environment's file.
template <class Call>
int in(const ReadEnvironment& environment, Call&& call) {
    const ledger::lmdb::Inside inside(environment.file());
    return std::forward<Call>(call)();
}

MDB_val to_val(ledger::ByteView bytes) {
    // LMDB does not write through it.
    return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())};
}
ledger::ByteView view(const MDB_val& value) { return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size}; }

}  // namespace

Error page_fault_error(const fs::path& folder) {
    return {read_errc::read_models_damaged, std::string(led_astray), {{"folder", folder.string()}}};
}

ReadEnvironment::ReadEnvironment(fs::path folder)
    : folder_(std::move(folder)), file_{ledger::MappedKind::read_models, (folder_ / "damaged").string()} {}

Error ReadEnvironment::error(int failed, std::string_view call) const {
    // Of keys that only ascend, as nobody else's are.
    if (ledger::lmdb::is_damage(failed) || failed == MDB_KEYEXIST) {
        return damaged(std::string(call) + ": " + mdb_strerror(failed));
    }
    // LMDB says so of a write that was cut short, as those on a full disk are.
    std::error_code unknown;
    if (failed == EIO && fs::space(folder_, unknown).available < room_of_a_commit && !unknown) failed = ENOSPC;
    return unusable(folder_, mdb_strerror(failed), std::string(call));
}

Error ReadEnvironment::damaged(std::string_view what) const {
    if (lock_ >= 0 && !damaged_.exchange(true)) make_mark(file_.mark);
    return {read_errc::read_models_damaged, std::string(what), {{"folder", folder_.string()}}};
}

Result<std::unique_ptr<ReadEnvironment>> ReadEnvironment::open(const fs::path& folder, Access access) {
    std::unique_ptr<ReadEnvironment> environment(new ReadEnvironment(folder));
    ACTLEDGER_CHECK(access == Access::write ? environment->take_for_writing() : environment->check_readable());
    auto opened = environment->open_environment(access);
    if (!opened && access == Access::write && opened.error().code == read_errc::read_models_damaged) {
        environment->close();
        ACTLEDGER_CHECK(environment->remove_data());
        environment->removed_ = opened.error();
        environment->thrown_away_ = opened.error();
        environment->damaged_ = false;
        opened = environment->open_environment(access);
    }
    ACTLEDGER_CHECK(opened);
    return environment;
}

bool ReadEnvironment::is_written(const fs::path& folder) {
    const int lock = ::open((folder / "writer").c_str(), O_RDWR | O_CLOEXEC);
    if (lock < 0) return false;
    const bool taken = ::flock(lock, LOCK_EX | LOCK_NB) != 0;
    ::close(lock);
    return taken;
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
    const bool was_in_use = fs::exists(in_use);
    const bool was_there = fs::exists(folder_ / "data.mdb");
    bool same_boot = was_in_use && first_line(in_use) == boot_id();
    if (fs::exists(file_.mark)) {
        removed_ = damaged(led_astray);
    } else if (!was_in_use && find_seal(folder_) == Seal::broken) {
        removed_ = damaged("data.mdb is not as it was closed");
    }
    const bool whole = !removed_ && (was_in_use ? same_boot : find_seal(folder_) == Seal::good);
    if (!whole) {
        thrown_away_ = removed_;
        if (!removed_ && was_there) {
            thrown_away_ = Error{read_errc::read_models_stale,
                                 was_in_use ? "whoever wrote them did not close them" : "they were never closed",
                                 {{"folder", folder_.string()}}};
        }
        ACTLEDGER_CHECK(remove_data());
        damaged_ = false;
        same_boot = false;
    }
    std::string line = boot_id();
    if (same_boot) line += second_in_succession;
    line += '\n';
    if (const auto why = ledger::write_synced(in_use, ledger::as_bytes(line))) return error(why.value(), "in-use");
    break_seal(folder_);
    return {};
}

/// Before LMDB opens it.
Result<void> ReadEnvironment::check_readable() const {
    const std::string unsynced_since = first_line(folder_ / "in-use");
    if (!fs::exists(folder_ / "data.mdb") || (!unsynced_since.empty() && unsynced_since != boot_id() &&
                                              unsynced_since != boot_id() + std::string(second_in_succession))) {
        return Error{read_errc::read_models_stale, {}, {{"folder", folder_.string()}}};
    }
    if (fs::exists(file_.mark)) return damaged(led_astray);
    if (!unsynced_since.empty()) return {};
    const Seal seal = find_seal(folder_);
    // Unless a writer has begun meanwhile.
    if (seal == Seal::good || fs::exists(folder_ / "in-use")) return {};
    if (seal == Seal::broken) return damaged("data.mdb is not as it was closed");
    return Error{read_errc::read_models_stale, {}, {{"folder", folder_.string()}}};
}

Result<void> ReadEnvironment::remove_data() const {
    for (const char* name : {"data.mdb", "lock.mdb", "damaged"}) {
        std::error_code failed;
        fs::remove(folder_ / name, failed);
        if (failed) return unusable(folder_, failed.message(), "remove");
    }
    break_seal(folder_);
    return {};
}

Result<void> ReadEnvironment::open_environment(Access access) {
    const ledger::lmdb::Inside inside(file_);
    struct stat status {};
    const int data = ::open((folder_ / "data.mdb").c_str(), O_RDONLY | O_CLOEXEC);
    if (data >= 0) {
        const bool known = ::fstat(data, &status) == 0;
        const auto fault =
            ledger::lmdb::find_header_fault(data, known ? static_cast<std::uint64_t>(status.st_size) : 0);
        ::close(data);
        if (fault) return damaged(*fault);
    }
    if (const int failed = ledger::lmdb::reserve_lock_file(folder_, readers_max); failed != 0) {
        return error(failed, "lock.mdb");
    }
    if (const int failed = mdb_env_create(&env_); failed != 0) return error(failed, "mdb_env_create");
    mdb_env_set_assert(env_, [](MDB_env*, const char*) { ledger::lmdb::end_if_prepared(); });
    int failed = mdb_env_set_maxdbs(env_, read_table_count);
    if (failed == 0) failed = mdb_env_set_mapsize(env_, map_bytes);
    const unsigned flags = access == Access::write ? MDB_NOSYNC : MDB_RDONLY;
    if (failed == 0) failed = mdb_env_open(env_, folder_.c_str(), flags | MDB_NOTLS, 0600);
    if (failed != 0) return error(failed, "mdb_env_open");
    mdb_filehandle_t mapped = -1;
    failed = mdb_env_get_fd(env_, &mapped);
    if (failed == 0 && ::fstat(mapped, &status) != 0) failed = errno;
    if (failed != 0) return error(failed, "fstat");
    if (const auto cut = ledger::lmdb::find_cut(env_, static_cast<std::uint64_t>(status.st_size))) return damaged(*cut);
    map_ = ledger::lmdb::WatchedMap(mapped, file_);
    return open_tables(access);
}

Result<void> ReadEnvironment::open_tables(Access access) {
    MDB_txn* transaction = nullptr;
    int failed = mdb_txn_begin(env_, nullptr, access == Access::write ? 0 : MDB_RDONLY, &transaction);
    if (failed != 0) return error(failed, "mdb_txn_begin");
    unsigned kind = 0;
    for (std::size_t i = 0; i < read_table_count && failed == 0 && kind == 0; ++i) {
        failed = mdb_dbi_open(transaction, table_names[i], access == Access::write ? MDB_CREATE : 0, &tables_[i]);
        if (failed == 0) failed = mdb_dbi_flags(transaction, tables_[i], &kind);
    }
    if (failed != 0 || kind != 0) {
        mdb_txn_abort(transaction);
        // Whoever reads makes no tables, and a writer makes all of them at once.
        if (kind != 0 || failed == MDB_NOTFOUND) return damaged("mdb_dbi_open");
        return error(failed, "mdb_dbi_open");
    }
    failed = mdb_txn_commit(transaction);
    if (failed != 0) return error(failed, "mdb_txn_commit");
    return {};
}

void ReadEnvironment::close() {
    const ledger::lmdb::Inside inside(file_);
    if (env_ != nullptr) mdb_env_close(std::exchange(env_, nullptr));
    map_ = {};
}

ReadEnvironment::~ReadEnvironment() {
    // A fault in a file that is thrown away need not end a program that is ending.
    const bool good = lock_ >= 0 && !damaged_;
    const bool synced = good && (env_ == nullptr || in(*this, [&] { return mdb_env_sync(env_, 1); }) == 0);
    close();
    // Not synced: the mark stays, and only a crash of the machine makes it count.
    if (synced && make_seal(folder_)) ::unlink((folder_ / "in-use").c_str());
    if (lock_ >= 0) ::close(lock_);
}

Result<ReadTransaction> ReadTransaction::begin(const ReadEnvironment& environment, ReadEnvironment::Access access) {
    MDB_txn* transaction = nullptr;
    const unsigned flags = access == ReadEnvironment::Access::write ? 0 : MDB_RDONLY;
    const int failed =
        in(environment, [&] { return mdb_txn_begin(environment.handle(), nullptr, flags, &transaction); });
    if (failed != 0) return environment.error(failed, "mdb_txn_begin");
    return ReadTransaction(environment, transaction);
}

ReadTransaction::~ReadTransaction() {
    if (transaction_ == nullptr) return;
    const ledger::lmdb::Inside inside(environment_->file());
    mdb_txn_abort(transaction_);
}

ReadTransaction::ReadTransaction(ReadTransaction&& other) noexcept
    : environment_(other.environment_), transaction_(std::exchange(other.transaction_, nullptr)) {}

Result<std::optional<ledger::ByteView>> ReadTransaction::get(ReadTable table, ledger::ByteView key) const {
    MDB_val wanted = to_val(key);
    MDB_val found{};
    const int failed =
        in(*environment_, [&] { return mdb_get(transaction_, environment_->table(table), &wanted, &found); });
    if (failed == MDB_NOTFOUND) return std::optional<ledger::ByteView>();
    if (failed != 0) return environment_->error(failed, "mdb_get");
    return std::optional(view(found));
}

Result<void> ReadTransaction::put(ReadTable table, ledger::ByteView key, ledger::ByteView value, Order order) {
    MDB_val put_key = to_val(key);
    MDB_val put_value = to_val(value);
    const unsigned flags = order == Order::next ? MDB_APPEND : 0;
    const int failed = in(
        *environment_, [&] { return mdb_put(transaction_, environment_->table(table), &put_key, &put_value, flags); });
    if (failed != 0) return environment_->error(failed, "mdb_put");
    return {};
}

Result<void> ReadTransaction::commit() {
    const int failed = in(*environment_, [&] { return mdb_txn_commit(std::exchange(transaction_, nullptr)); });
    if (failed != 0) return environment_->error(failed, "mdb_txn_commit");
    return {};
}

Result<void> ReadTransaction::visit(ReadTable table, ledger::ByteView from, const Visitor& visit) const {
    MDB_cursor* opened = nullptr;
    if (const int failed =
            in(*environment_, [&] { return mdb_cursor_open(transaction_, environment_->table(table), &opened); });
        failed != 0) {
        return environment_->error(failed, "mdb_cursor_open");
    }
    const auto close = [this](MDB_cursor* cursor) {
        const ledger::lmdb::Inside inside(environment_->file());
        mdb_cursor_close(cursor);
    };
    const std::unique_ptr<MDB_cursor, decltype(close)> cursor(opened, close);
    MDB_val key = to_val(from);
    MDB_val value{};
    const auto move = [&](MDB_cursor_op operation) {
        return in(*environment_, [&] { return mdb_cursor_get(cursor.get(), &key, &value, operation); });
    };
    int failed = move(from.empty() ? MDB_FIRST : MDB_SET_RANGE);
    while (failed == 0 && visit(view(key), view(value))) failed = move(MDB_NEXT);
    if (failed != 0 && failed != MDB_NOTFOUND) return environment_->error(failed, "mdb_cursor_get");
    return {};
}

}  // namespace projections
