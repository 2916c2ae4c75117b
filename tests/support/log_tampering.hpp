#pragma once
// tests/support/log_tampering.hpp: changes a stored log behind everybody's back, with LMDB's own functions. Nobody else
// may have the log open in this process.

#include <filesystem>
#include <optional>
#include <string>

#include "ledger/core/bytes.hpp"
#include "ledger/store_read/log_scan.hpp"

struct MDB_env;

namespace support {

/// One write transaction a call.
class LogTampering {
 public:
    explicit LogTampering(const std::filesystem::path& ledger_folder);
    ~LogTampering();
    LogTampering(const LogTampering&) = delete;
    LogTampering& operator=(const LogTampering&) = delete;

    using Entry = std::pair<ledger::Bytes, ledger::Bytes>;  // key, value
    [[nodiscard]] std::vector<Entry> entries(ledger::LogDatabase database) const;
    [[nodiscard]] std::optional<ledger::Bytes> get(ledger::LogDatabase database, std::uint64_t key) const;
    void put(ledger::LogDatabase database, std::uint64_t key, ledger::ByteView value);
    void put_raw(ledger::LogDatabase database, ledger::ByteView key, ledger::ByteView value);
    void remove(ledger::LogDatabase database, std::uint64_t key);

 private:
    MDB_env* env_ = nullptr;
};

/// Makes the entries of the newest pages lie behind the end of the file, which is cut to what is used, as damage to a
/// page's offsets does: whoever follows one gets a signal. Nobody may have the log open.
void lead_pages_astray(const std::filesystem::path& ledger_folder);

}  // namespace support
