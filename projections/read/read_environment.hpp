#pragma once
// projections/read/read_environment.hpp: the second LMDB environment, apart from the log's: tables of bytes, written
// without waiting for the disk. It can be rebuilt, so what is not as it was left, or leads LMDB astray, is thrown away.
// ADR: docs/adr/0024-read-models.md.

#include <lmdb.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "ledger/core/bytes.hpp"
#include "ledger/store_read/page_fault.hpp"

namespace projections {

enum class ReadTable : std::uint8_t { changes, seats, by_product, by_license, days, names, meta };
constexpr std::size_t read_table_count = 7;

/// For ledger::end_at_page_fault: read_errc::read_models_damaged.
[[nodiscard]] ledger::Error page_fault_error(const std::filesystem::path& folder);

/// One open environment. Several threads may read; one at a time writes, in this process and over all.
class ReadEnvironment {
 public:
    enum class Access { read, write };
    /// For writing: makes what is not there, and first removes what is damaged or may be: what a power cut left
    /// unsynced, what is not as the last writer sealed it, what cannot be opened, and what two writers in succession
    /// did not live to close.
    /// @return read_errc::read_models_unusable, read_models_busy; reading: read_models_stale (there is nothing whole),
    /// read_models_damaged
    [[nodiscard]] static ledger::Result<std::unique_ptr<ReadEnvironment>> open(const std::filesystem::path& folder,
                                                                               Access access);
    /// Whether a process has it open for writing.
    [[nodiscard]] static bool is_written(const std::filesystem::path& folder);
    /// Of a writer: syncs and seals what was written, so that the next open need not throw it away.
    ~ReadEnvironment();
    ReadEnvironment(const ReadEnvironment&) = delete;
    ReadEnvironment& operator=(const ReadEnvironment&) = delete;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] MDB_env* handle() const { return env_; }
    [[nodiscard]] MDB_dbi table(ReadTable table) const { return tables_[static_cast<std::size_t>(table)]; }
    [[nodiscard]] const ledger::lmdb::MappedFile& file() const { return file_; }
    /// Why open() began with nothing, if what was there was damaged.
    [[nodiscard]] const std::optional<ledger::Error>& removed() const { return removed_; }
    /// Why open() threw away what was there: removed(), or read_models_stale for what may have been well.
    [[nodiscard]] const std::optional<ledger::Error>& thrown_away() const { return thrown_away_; }

    /// A failed call of LMDB.
    [[nodiscard]] ledger::Error error(int failed, std::string_view call) const;
    /// What was read cannot be right. A writer's file is not opened again, but removed by the next open for writing.
    /// @return read_errc::read_models_damaged
    [[nodiscard]] ledger::Error damaged(std::string_view what) const;

 private:
    explicit ReadEnvironment(std::filesystem::path folder);
    [[nodiscard]] ledger::Result<void> take_for_writing();
    [[nodiscard]] ledger::Result<void> check_readable() const;
    [[nodiscard]] ledger::Result<void> open_environment(Access access);
    [[nodiscard]] ledger::Result<void> open_tables(Access access);
    [[nodiscard]] ledger::Result<void> remove_data() const;
    void close();

    std::filesystem::path folder_;
    ledger::lmdb::MappedFile file_;
    ledger::lmdb::WatchedMap map_;
    std::optional<ledger::Error> removed_;
    std::optional<ledger::Error> thrown_away_;
    mutable std::atomic<bool> damaged_{false};
    MDB_env* env_ = nullptr;
    std::array<MDB_dbi, read_table_count> tables_{};
    int lock_ = -1;  // held while this writes
};

/// One transaction: of a reader short, of a writer until commit(). One thread.
class ReadTransaction {
 public:
    [[nodiscard]] static ledger::Result<ReadTransaction> begin(const ReadEnvironment& environment,
                                                               ReadEnvironment::Access access);
    ~ReadTransaction();
    ReadTransaction(ReadTransaction&& other) noexcept;
    ReadTransaction& operator=(ReadTransaction&&) = delete;

    /// Good until the next put(), or the end. Nothing: no such key.
    [[nodiscard]] ledger::Result<std::optional<ledger::ByteView>> get(ReadTable table, ledger::ByteView key) const;
    /// @param order  next: the key is above every other of the table, which is quicker.
    enum class Order { any, next };
    [[nodiscard]] ledger::Result<void> put(ReadTable table, ledger::ByteView key, ledger::ByteView value,
                                           Order order = Order::any);
    [[nodiscard]] ledger::Result<void> commit();
    /// Entries from the first key at or above `from` on, until `visit` returns false.
    using Visitor = std::function<bool(ledger::ByteView key, ledger::ByteView value)>;
    [[nodiscard]] ledger::Result<void> visit(ReadTable table, ledger::ByteView from, const Visitor& visit) const;
    [[nodiscard]] const ReadEnvironment& environment() const { return *environment_; }

 private:
    ReadTransaction(const ReadEnvironment& environment, MDB_txn* transaction)
        : environment_(&environment), transaction_(transaction) {}
    const ReadEnvironment* environment_;
    MDB_txn* transaction_;
};

}  // namespace projections
