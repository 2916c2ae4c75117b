#include "ledger/store_read/restored_mark.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "ledger/core/errc.hpp"

namespace ledger {

Result<bool> is_as_restored(const std::filesystem::path& folder, TreeSize log_size) {
    const auto path = folder / "log" / restored_mark_name;
    const auto unreadable = [&](int error_number) {
        return Error{errc::log_unreadable,
                     path.filename().string(),
                     {{"folder", folder.string()}, {"reason", std::strerror(error_number)}}};
    };
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) return errno == ENOENT ? Result<bool>(false) : unreadable(errno);
    std::array<char, 64> text{};
    const ssize_t got = ::read(file, text.data(), text.size());
    const int error_number = got < 0 ? errno : 0;
    ::close(file);
    if (error_number != 0) return unreadable(error_number);
    const std::string_view found(text.data(), static_cast<std::size_t>(got));
    const std::string expected = std::to_string(log_size.value) + "\n";
    const bool well_formed = found.size() >= 2 && found.size() < text.size() && found.back() == '\n' &&
                             found.find_first_not_of("0123456789") == found.size() - 1;
    return !well_formed || found == expected;
}

}  // namespace ledger
