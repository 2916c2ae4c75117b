#pragma once
// snapshot/new_file.hpp: a file for people that is there whole and durable, or not at all, and never over another one.

#include <filesystem>
#include <string_view>

#include "ledger/core/result.hpp"

namespace snapshot {

/// Written beside its place; taken away again unless it was finished. One writer at a time. One thread.
/// Errors: errc::table_exists, table_busy (fact: path), table_not_written (facts: path, reason).
class NewFile {
 public:
    explicit NewFile(std::filesystem::path path);
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    [[nodiscard]] ledger::Result<void> open();
    [[nodiscard]] ledger::Result<void> write(std::string_view bytes);  ///< Each call is one to the system.
    /// So many bytes more will find room. Where the file system cannot promise that, nothing is promised.
    [[nodiscard]] ledger::Result<void> reserve(std::size_t bytes);
    [[nodiscard]] ledger::Result<void> sync();  ///< What was written is on the disk, though not in its place yet.
    /// Synced, and in its place; the folder is synced, too. After a failure it is not there.
    [[nodiscard]] ledger::Result<void> finish();
    void take_back();  ///< A file that was finished is removed again.

 private:
    [[nodiscard]] ledger::Result<void> check_free() const;
    [[nodiscard]] ledger::Result<void> lock();
    [[nodiscard]] ledger::Error failed(const char* call, int error_number) const;
    std::filesystem::path path_;
    std::filesystem::path aside_;
    int fd_ = -1;
    bool finished_ = false;
};

}  // namespace snapshot
