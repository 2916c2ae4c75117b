#include "tests/support/log_tampering.hpp"

#include <lmdb.h>

#include <cstring>
#include <fstream>

#include "ledger/core/result.hpp"

namespace support {
namespace {

using ledger::ByteView;
using ledger::LogDatabase;

void must(int code) { ACTLEDGER_ASSERT(code == 0); }

MDB_val value_of(ByteView bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }
ByteView view_of(const MDB_val& value) { return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size}; }

/// Commits when it ends.
struct Transaction {
    explicit Transaction(MDB_env* env, LogDatabase database) {
        must(mdb_txn_begin(env, nullptr, 0, &txn));
        must(mdb_dbi_open(txn, std::string(ledger::name_of(database)).c_str(), 0, &dbi));
    }
    ~Transaction() { must(mdb_txn_commit(txn)); }
    MDB_txn* txn = nullptr;
    MDB_dbi dbi = 0;
};

}  // namespace

LogTampering::LogTampering(const std::filesystem::path& ledger_folder) {
    must(mdb_env_create(&env_));
    must(mdb_env_set_maxdbs(env_, ledger::log_database_count));
    must(mdb_env_open(env_, (ledger_folder / "log").c_str(), 0, 0600));
}

LogTampering::~LogTampering() { mdb_env_close(env_); }

std::vector<LogTampering::Entry> LogTampering::entries(LogDatabase database) const {
    const Transaction transaction(env_, database);
    MDB_cursor* cursor = nullptr;
    must(mdb_cursor_open(transaction.txn, transaction.dbi, &cursor));
    std::vector<Entry> all;
    MDB_val key{};
    MDB_val value{};
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        all.emplace_back(ledger::copy(view_of(key)), ledger::copy(view_of(value)));
    }
    mdb_cursor_close(cursor);
    return all;
}

std::optional<ledger::Bytes> LogTampering::get(LogDatabase database, std::uint64_t key) const {
    const Transaction transaction(env_, database);
    const auto bytes = ledger::log_key(key);
    MDB_val key_value = value_of(bytes);
    MDB_val value{};
    if (mdb_get(transaction.txn, transaction.dbi, &key_value, &value) != 0) return std::nullopt;
    return ledger::copy(view_of(value));
}

void LogTampering::put(LogDatabase database, std::uint64_t key, ByteView value) {
    put_raw(database, ledger::log_key(key), value);
}

void LogTampering::put_raw(LogDatabase database, ByteView key, ByteView value) {
    const Transaction transaction(env_, database);
    MDB_val key_value = value_of(key);
    MDB_val new_value = value_of(value);
    must(mdb_put(transaction.txn, transaction.dbi, &key_value, &new_value, 0));
}

void LogTampering::remove(LogDatabase database, std::uint64_t key) {
    const Transaction transaction(env_, database);
    const auto bytes = ledger::log_key(key);
    MDB_val key_value = value_of(bytes);
    must(mdb_del(transaction.txn, transaction.dbi, &key_value, nullptr));
}

void lead_pages_astray(const std::filesystem::path& ledger_folder) {
    // lmdb.h does not show pages. One begins with: number 8, pad 2, flags 2, end of the offsets 2, end of the free
    // space 2; then come the offsets, 2 bytes each.
    constexpr std::size_t page_bytes = 4'096;
    constexpr std::size_t header_bytes = 16;
    constexpr unsigned branch_or_leaf = 0x01 | 0x02;
    constexpr std::uint16_t astray = 0xfff0;
    const auto path = ledger_folder / "log" / "data.mdb";
    MDB_env* env = nullptr;
    MDB_envinfo info{};
    must(mdb_env_create(&env));
    must(mdb_env_open(env, path.parent_path().c_str(), MDB_RDONLY, 0600));
    must(mdb_env_info(env, &info));
    mdb_env_close(env);
    const std::size_t pages = info.me_last_pgno + 1;
    std::filesystem::resize_file(path, pages * page_bytes);

    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    // From any of these, the offset is behind the end.
    for (std::size_t number = pages > 17 ? pages - 15 : 2; number < pages; ++number) {
        std::array<char, page_bytes> page{};
        file.seekg(static_cast<std::streamoff>(number * page_bytes));
        file.read(page.data(), page.size());
        std::uint16_t flags = 0;
        std::uint16_t lower = 0;
        std::memcpy(&flags, page.data() + 10, sizeof flags);
        std::memcpy(&lower, page.data() + 12, sizeof lower);
        if ((flags & branch_or_leaf) == 0 || lower > page_bytes) continue;
        for (std::size_t at = header_bytes; at < lower; at += sizeof astray) {
            std::memcpy(page.data() + at, &astray, sizeof astray);
        }
        file.seekp(static_cast<std::streamoff>(number * page_bytes));
        file.write(page.data(), page.size());
    }
    file.flush();
    must(file.good() ? 0 : 1);
}

}  // namespace support
