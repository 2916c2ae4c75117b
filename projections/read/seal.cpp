#include "projections/read/seal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <vector>

#include "ledger/core/bytes.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece_bytes = StateWriter::piece_bytes;

fs::path seal_of(const fs::path& folder) { return folder / "whole"; }

/// The line that stands in a seal. Nothing: it cannot be read.
std::optional<std::string> describe(const fs::path& data) {
    const int file = ::open(data.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::nullopt;
    StateWriter digest;
    std::vector<std::uint8_t> piece(piece_bytes);
    std::uint64_t total = 0;
    ssize_t count = 0;
    while ((count = ::read(file, piece.data(), piece.size())) > 0) {
        digest.fixed({piece.data(), static_cast<std::size_t>(count)});
        total += static_cast<std::uint64_t>(count);
    }
    ::close(file);
    if (count < 0) return std::nullopt;
    return std::to_string(total) + " " + ledger::hex_encode(digest.finish().view());
}

int sync_folder(const fs::path& folder) {
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return errno;
    const int failed = ::fsync(directory) == 0 ? 0 : errno;
    ::close(directory);
    return failed;
}

}  // namespace

int write_synced(const fs::path& path, std::string_view text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return errno;
    int failed = 0;
    if (const ssize_t written = ::write(file, text.data(), text.size()); written != static_cast<ssize_t>(text.size())) {
        failed = written < 0 ? errno : ENOSPC;
    }
    if (failed == 0 && ::fsync(file) != 0) failed = errno;
    ::close(file);
    return failed == 0 ? sync_folder(path.parent_path()) : failed;
}

Seal find_seal(const fs::path& folder) {
    std::error_code unknown;
    if (!fs::exists(folder / "data.mdb", unknown)) return Seal::missing;
    std::ifstream file(seal_of(folder));
    std::string line;
    if (!std::getline(file, line)) return Seal::missing;
    return describe(folder / "data.mdb") == line ? Seal::good : Seal::broken;
}

bool make_seal(const fs::path& folder) {
    const auto line = describe(folder / "data.mdb");
    if (line && write_synced(seal_of(folder), *line + "\n") == 0) return true;
    break_seal(folder);
    return false;
}

void break_seal(const fs::path& folder) { ::unlink(seal_of(folder).c_str()); }

}  // namespace projections
