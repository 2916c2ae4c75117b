#include "projections/read/seal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <vector>

#include "ledger/core/bytes.hpp"
#include "ledger/core/synced_file.hpp"
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

}  // namespace

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
    if (line && !ledger::write_synced(seal_of(folder), ledger::as_bytes(*line + "\n"))) return true;
    break_seal(folder);
    return false;
}

void break_seal(const fs::path& folder) { ::unlink(seal_of(folder).c_str()); }

}  // namespace projections
