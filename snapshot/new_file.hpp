#pragma once
// snapshot/new_file.hpp: a file for people that is there whole and durable, or not at all, and never over another one.

#include <filesystem>
#include <string_view>

#include "ledger/core/result.hpp"

namespace snapshot {

/// Written beside its place; taken away again unless it was finished. One thread.
/// Errors: errc::table_exists (fact: path), table_not_written (facts: path, reason).
class NewFile {
 public:
    explicit NewFile(std::filesystem::path path);
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    [[nodiscard]] ledger::Result<void> open();
    [[nodiscard]] ledger::Result<void> write(std::string_view bytes);  ///< Each call is one to the system.
    [[nodiscard]] ledger::Result<void> finish();

 private:
    [[nodiscard]] ledger::Error failed(const char* call, int error_number) const;
    std::filesystem::path path_;
    std::filesystem::path aside_;
    int fd_ = -1;
};

}  // namespace snapshot
