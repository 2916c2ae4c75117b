#include "tools/verify/statement_file.hpp"

#include <cerrno>
#include <cstring>

#include "tools/terminal/errc.hpp"

namespace verify {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

}  // namespace

using ledger::Result;

LineFile::LineFile(const std::filesystem::path& path, std::size_t line_bytes_max)
    : path_(path), line_bytes_max_(line_bytes_max) {}

Result<void> LineFile::open() {
    in_.open(path_, std::ios::binary);
    return in_ ? Result<void>() : unreadable();
}

Result<std::optional<std::string_view>> LineFile::next() {
    for (;;) {
        const auto end = buffer_.find('\n', begin_);
        const std::size_t length = (end == std::string::npos ? buffer_.size() : end) - begin_;
        if (end != std::string::npos || length > line_bytes_max_ || (at_end_ && length > 0)) {
            if (end == std::string::npos) whole_ = false;
            const std::string_view line = std::string_view(buffer_).substr(begin_, length);
            begin_ += length + (end != std::string::npos ? 1 : 0);
            ++number_;
            return std::optional(line);
        }
        if (at_end_) return std::optional<std::string_view>();
        buffer_.erase(0, begin_);
        begin_ = 0;
        const std::size_t kept = buffer_.size();
        buffer_.resize(kept + piece_bytes);
        in_.read(buffer_.data() + kept, piece_bytes);
        if (in_.bad()) return unreadable();
        buffer_.resize(kept + static_cast<std::size_t>(in_.gcount()));
        at_end_ = in_.eof();
    }
}

ledger::Error LineFile::unreadable() const {
    return {terminal::errc::file_unreadable, {}, {{"path", path_.string()}, {"reason", std::strerror(errno)}}};
}

}  // namespace verify
