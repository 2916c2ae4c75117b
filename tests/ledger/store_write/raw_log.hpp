#pragma once
// tests/ledger/store_write/raw_log.hpp: changes a stored log behind everybody's back. Nobody may have it open.

#include <lmdb.h>

#include <filesystem>
#include <string>

#include "ledger/core/bytes.hpp"

namespace ledger {

/// One write transaction; committed by the destructor.
class RawLog {
 public:
    RawLog(const std::filesystem::path& folder, const char* database) {
        must(mdb_env_create(&env_));
        must(mdb_env_set_maxdbs(env_, 5));
        must(mdb_env_open(env_, (folder / "log").c_str(), 0, 0600));
        must(mdb_txn_begin(env_, nullptr, 0, &transaction_));
        must(mdb_dbi_open(transaction_, database, 0, &database_));
    }
    ~RawLog() {
        must(mdb_txn_commit(transaction_));
        mdb_env_close(env_);
    }
    RawLog(const RawLog&) = delete;
    RawLog& operator=(const RawLog&) = delete;

    static std::string key(std::uint64_t number) {
        std::string bytes(8, 0);
        for (std::size_t i = 8; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number);
        return bytes;
    }
    [[nodiscard]] Bytes get(std::string key_bytes) {
        MDB_val key_value{key_bytes.size(), key_bytes.data()};
        MDB_val value{};
        must(mdb_get(transaction_, database_, &key_value, &value));
        const auto* bytes = static_cast<const std::uint8_t*>(value.mv_data);
        return {bytes, bytes + value.mv_size};
    }
    void put(std::string key_bytes, Bytes value_bytes) {
        MDB_val key_value{key_bytes.size(), key_bytes.data()};
        MDB_val value{value_bytes.size(), value_bytes.data()};
        must(mdb_put(transaction_, database_, &key_value, &value, 0));
    }
    void remove(std::string key_bytes) {
        MDB_val key_value{key_bytes.size(), key_bytes.data()};
        must(mdb_del(transaction_, database_, &key_value, nullptr));
    }

 private:
    static void must(int code) { ACTLEDGER_ASSERT(code == 0); }
    MDB_env* env_ = nullptr;
    MDB_txn* transaction_ = nullptr;
    MDB_dbi database_ = 0;
};

}  // namespace ledger
