#pragma once
// tools/verify/statement_file.hpp: reads a statement of seats line by line, with bounded memory.

#include <filesystem>
#include <fstream>
#include <optional>

#include "ledger/core/result.hpp"

namespace verify {

/// One thread.
class LineFile {
 public:
    /// @param line_bytes_max  a line that is longer is cut there: no line of ours is.
    LineFile(const std::filesystem::path& path, std::size_t line_bytes_max);
    /// @return terminal::errc::file_unreadable
    [[nodiscard]] ledger::Result<void> open();
    /// The next line without its LF; nothing at the end. A last line without LF is one of ours only if it is cut: then
    /// ends_whole() is false. @return terminal::errc::file_unreadable
    [[nodiscard]] ledger::Result<std::optional<std::string_view>> next();
    [[nodiscard]] bool ends_whole() const { return whole_; }
    [[nodiscard]] std::uint64_t number() const { return number_; }  ///< Of the line that next() gave: 1-based.

 private:
    [[nodiscard]] ledger::Error unreadable() const;
    std::filesystem::path path_;
    std::size_t line_bytes_max_;
    std::ifstream in_;
    std::string buffer_;
    std::size_t begin_ = 0;
    std::uint64_t number_ = 0;
    bool whole_ = true;
    bool at_end_ = false;
};

}  // namespace verify
