#pragma once
// ledger/store_read/lmdb_environment.hpp: LMDB handles with owners: environment, transactions, cursors. The only file,
// with its source, that opens an environment; shared by the reading and the writing side. Databases:
// docs/formats/log.md.

#include <lmdb.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "ledger/core/bytes.hpp"
#include "ledger/core/sizes.hpp"
#include "ledger/store_read/page_fault.hpp"

namespace ledger::lmdb {

enum class Database : std::uint8_t { events, nodes, heads, annex, meta };
constexpr std::size_t database_count = 5;
constexpr std::uint64_t format_version = 1;

/// Keys of all databases but meta: 64 bits, big-endian, so that bytes sort as numbers.
class Key {
 public:
    explicit Key(std::uint64_t number);
    [[nodiscard]] MDB_val value() { return {bytes_.size(), bytes_.data()}; }
    /// Empty if it is not 8 bytes long.
    [[nodiscard]] static std::optional<std::uint64_t> number(const MDB_val& key);

 private:
    std::array<std::uint8_t, 8> bytes_;
};

[[nodiscard]] inline ByteView view(const MDB_val& value) {
    return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size};
}

enum class Access {
    read,    ///< Beside a writer in another process, or of a folder that may not be written.
    write,   ///< Exclusive over processes.
    create,  ///< write, into a folder without data.mdb; makes the databases.
};

/// Whether a failed call of LMDB says that what stands in the file is wrong, rather than that the system refused.
[[nodiscard]] bool is_damage(int lmdb_code);

/// What LMDB would take on trust before it looks at anything: that there are two headers, and a size of a page in the
/// first one. Reads the file, not a map.
/// @return what is wrong, for the detail of an error
[[nodiscard]] std::optional<std::string> find_header_fault(int file, std::uint64_t file_bytes);

/// Reading a mapped page behind the end of the file would be a signal, not an error. LMDB refuses pages behind the last
/// one that its header names, so that must be one of the file's. To be called before a page is read.
/// @return what is wrong
[[nodiscard]] std::optional<std::string> find_cut(MDB_env* environment, std::uint64_t file_bytes);

/// Takes the room that LMDB's table of readers needs, or that a sparse copy of it lacks. LMDB maps that file and writes
/// to it: on a full disk that would end the program by a signal (SIGBUS). To be called before an environment is opened,
/// while this process has none of the folder open.
/// @return 0 or an errno; ENOSPC: there is no room
[[nodiscard]] int reserve_lock_file(const std::filesystem::path& folder, unsigned readers);

/// An open environment. At most one for a folder in a process, because LMDB's locks do not bear more: a reader gets the
/// one that is already open. Usable from several threads.
class Environment {
 public:
    /// @param folder     holds data.mdb and lock.mdb.
    /// @param map_bytes  address space; 0: as the environment says of itself.
    /// @return errc::log_not_found, log_locked, log_damaged, log_unreadable, log_format_unknown, disk_full (facts:
    /// folder)
    [[nodiscard]] static Result<std::shared_ptr<Environment>> open(const std::filesystem::path& folder, Access access,
                                                                   std::uint64_t map_bytes = 0);
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    [[nodiscard]] MDB_env* handle() const { return env_; }
    [[nodiscard]] MDB_dbi database(Database database) const { return databases_[static_cast<std::size_t>(database)]; }
    [[nodiscard]] int file() const { return file_; }  ///< data.mdb, a descriptor of our own; holds the writer's lock.
    [[nodiscard]] std::uint64_t used_bytes() const;   ///< Of the file, as far as pages were ever used.
    [[nodiscard]] std::uint64_t map_bytes() const;
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

    /// A damaged page may name more bytes than there are. @return errc::log_damaged if they are not all in the file
    [[nodiscard]] Result<void> check_inside(const MDB_val& key, const MDB_val& value) const {
        if (is_inside(key) && is_inside(value)) return {};
        return page_fault_error(folder_);
    }

    /// An error about this environment: fact `folder`.
    [[nodiscard]] Error error(std::error_code code, std::string detail) const;
    /// A failed LMDB call that only reads.
    [[nodiscard]] Error read_error(int lmdb_code, std::string_view call) const;

 private:
    Environment() = default;
    [[nodiscard]] Result<struct stat> open_file(Access access);
    [[nodiscard]] Result<void> lock(Access access);
    [[nodiscard]] Result<void> open_environment(Access access, std::uint64_t map_bytes);
    [[nodiscard]] Result<void> open_databases(Access access);
    [[nodiscard]] Result<void> check_format(MDB_txn* transaction) const;
    [[nodiscard]] bool is_inside(const MDB_val& bytes) const {
        return map_.holds(bytes.mv_data, bytes.mv_size, file_bytes_) || is_inside_by_now(bytes);
    }
    [[nodiscard]] bool is_inside_by_now(const MDB_val& bytes) const;

    std::filesystem::path folder_;
    int file_ = -1;
    bool without_lock_file_ = false;
    MDB_env* env_ = nullptr;
    WatchedMap map_;
    mutable std::atomic<std::uint64_t> file_bytes_{0};  ///< When it was last looked at: a writer makes it longer.
    std::array<MDB_dbi, database_count> databases_{};
};

/// One short read transaction. One thread.
class ReadTransaction {
 public:
    [[nodiscard]] static Result<ReadTransaction> begin(const Environment& environment);
    ~ReadTransaction() {
        const Inside inside(log_file());
        mdb_txn_abort(transaction_);
    }
    ReadTransaction(ReadTransaction&& other) noexcept
        : environment_(other.environment_), transaction_(std::exchange(other.transaction_, nullptr)) {}
    ReadTransaction& operator=(ReadTransaction&&) = delete;

    /// Valid as long as the transaction. Empty: no such key.
    [[nodiscard]] Result<std::optional<ByteView>> get(Database database, std::uint64_t key) const;
    [[nodiscard]] Result<std::uint64_t> count(Database database) const;
    [[nodiscard]] MDB_txn* handle() const { return transaction_; }
    [[nodiscard]] const Environment& environment() const { return *environment_; }

 private:
    ReadTransaction(const Environment& environment, MDB_txn* transaction)
        : environment_(&environment), transaction_(transaction) {}
    const Environment* environment_;
    MDB_txn* transaction_;
};

/// Walks one database in order. Ends before its transaction.
class Cursor {
 public:
    struct Entry {
        std::uint64_t key;
        ByteView value;  ///< Valid as long as the transaction.
    };
    [[nodiscard]] static Result<Cursor> open(const ReadTransaction& transaction, Database database);
    ~Cursor() {
        const Inside inside(log_file());
        mdb_cursor_close(cursor_);
    }
    Cursor(Cursor&& other) noexcept
        : environment_(other.environment_), cursor_(std::exchange(other.cursor_, nullptr)) {}
    Cursor& operator=(Cursor&&) = delete;

    /// Empty at the end. A key that is not 8 bytes long is errc::log_damaged.
    [[nodiscard]] Result<std::optional<Entry>> at_or_after(std::uint64_t key);
    [[nodiscard]] Result<std::optional<Entry>> next();
    [[nodiscard]] Result<std::optional<Entry>> last();

 private:
    Cursor(const Environment& environment, MDB_cursor* cursor) : environment_(&environment), cursor_(cursor) {}
    [[nodiscard]] Result<std::optional<Entry>> move(std::uint64_t key, MDB_cursor_op operation);
    const Environment* environment_;
    MDB_cursor* cursor_;
};

}  // namespace ledger::lmdb
