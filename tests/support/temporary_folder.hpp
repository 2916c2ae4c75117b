#pragma once
// tests/support/temporary_folder.hpp: a folder of a test's own, removed with everything in it.

#include <filesystem>
#include <string>
#include <string_view>

#include "ledger/core/bytes.hpp"

namespace support {

/// Throws std::runtime_error where the disk refuses: a test cannot go on then.
class TemporaryFolder {
 public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::string operator/(std::string_view name) const { return (path_ / name).string(); }

    /// Writes a file (mode 0600). @return its path
    std::filesystem::path write(std::string_view name, std::string_view text) const;
    std::filesystem::path write(std::string_view name, ledger::ByteView contents) const;
    [[nodiscard]] std::string read(std::string_view name) const;

 private:
    std::filesystem::path path_;
};

}  // namespace support
