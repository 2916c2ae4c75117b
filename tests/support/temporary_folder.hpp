#pragma once
// tests/support/temporary_folder.hpp: a folder of a test's own, removed with it.

#include <filesystem>
#include <string_view>

namespace support {

class TemporaryFolder {
 public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Writes a file (mode 0600). @return its path
    std::filesystem::path write(std::string_view name, std::string_view text) const;

 private:
    std::filesystem::path path_;
};

}  // namespace support
