#include "tools/client/small_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "tools/terminal/errc.hpp"

namespace client {

std::optional<std::string> read_small_file(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return std::nullopt;
    std::string text(small_file_bytes_max + 1, '\0');
    std::size_t size = 0;
    ssize_t n = 0;
    do {
        n = ::read(fd, text.data() + size, text.size() - size);
        if (n > 0) size += static_cast<std::size_t>(n);
    } while ((n > 0 && size < text.size()) || (n < 0 && errno == EINTR));
    const int reading_error = errno;
    ::close(fd);
    errno = reading_error;
    if (size > small_file_bytes_max) errno = EFBIG;
    if (n < 0 || size > small_file_bytes_max) return std::nullopt;
    text.resize(size);
    return text;
}

std::optional<std::string> read_small_text(const std::filesystem::path& file) {
    constexpr std::string_view blank{" \t\r\n\0", 5};
    auto text = read_small_file(file);
    if (!text) return std::nullopt;
    const auto first = text->find_first_not_of(blank);
    if (first == text->npos) return std::nullopt;
    return text->substr(first, text->find_last_not_of(blank) - first + 1);
}

ledger::Error unreadable(const std::filesystem::path& file) {
    return {terminal::errc::file_unreadable,
            "",
            {{"path", file.string()}, {"reason", std::generic_category().message(errno)}}};
}

}  // namespace client
