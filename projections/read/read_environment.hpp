#pragma once
// projections/read/read_environment.hpp: the second LMDB environment, apart from the log's: tables of bytes, written
// without waiting for the disk. What a power cut may have torn is thrown away, not opened.
// ADR: docs/adr/0024-read-models.md.

#include <lmdb.h>

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "ledger/core/bytes.hpp"

namespace projections {

enum class ReadTable : std::uint8_t { changes, seats, by_product, by_license, days, names, meta };
constexpr std::size_t read_table_count = 7;

/// One open environment. Several threads may read; one at a time writes, in this process and over all.
class ReadEnvironment {
 public:
    enum class Access { read, write };
    /// For writing: makes what is not there, and first removes what a power cut left unsynced.
    /// @return read_errc::read_models_unusable, read_models_busy, read_models_stale (reading, and there is nothing
    /// whole)
    [[nodiscard]] static ledger::Result<std::unique_ptr<ReadEnvironment>> open(const std::filesystem::path& folder,
                                                                               Access access);
    /// Syncs what was written, so that the next open need not throw it away.
    ~ReadEnvironment();
    ReadEnvironment(const ReadEnvironment&) = delete;
    ReadEnvironment& operator=(const ReadEnvironment&) = delete;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] MDB_env* handle() const { return env_; }
    [[nodiscard]] MDB_dbi table(ReadTable table) const { return tables_[static_cast<std::size_t>(table)]; }
    [[nodiscard]] ledger::Error error(int failed, std::string_view call) const;

 private:
    explicit ReadEnvironment(std::filesystem::path folder) : folder_(std::move(folder)) {}
    [[nodiscard]] ledger::Result<void> take_for_writing();
    [[nodiscard]] ledger::Result<void> open_environment(Access access);

    std::filesystem::path folder_;
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

 private:
    ReadTransaction(const ReadEnvironment& environment, MDB_txn* transaction)
        : environment_(&environment), transaction_(transaction) {}
    const ReadEnvironment* environment_;
    MDB_txn* transaction_;
};

}  // namespace projections
