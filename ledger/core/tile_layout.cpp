#include "ledger/core/tile_layout.hpp"

#include <array>

#include "ledger/core/bytes.hpp"

namespace ledger {
namespace {

constexpr std::array<std::string_view, 4> kind_folders{"tile/", "tile/entries", "heads", "annex"};
constexpr std::string_view partial_mark = ".p/";

std::string three_digits(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    return std::string(3 - digits.size(), '0') + digits;
}

/// Three digits; nothing for anything else.
std::optional<std::uint64_t> read_three_digits(std::string_view text) {
    if (text.size() != 3) return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return number;
}

/// "x001/x234/067" without leading "x000".
std::optional<std::uint64_t> read_index(std::string_view text) {
    constexpr std::uint64_t index_max = UINT64_MAX / 1'000 - 1;
    std::uint64_t index = 0;
    for (bool first = true;; first = false) {
        const bool more = text.starts_with('x');
        const auto digits = read_three_digits(text.substr(more ? 1 : 0, 3));
        if (!digits || index > index_max || (more && first && *digits == 0)) return std::nullopt;
        index = index * 1'000 + *digits;
        if (!more) return text.size() == 3 ? std::optional(index) : std::nullopt;
        if (text.size() < 5 || text[4] != '/') return std::nullopt;
        text.remove_prefix(5);
    }
}

/// Takes kind and level off the front.
std::optional<TileId> read_folder(std::string_view& path) {
    TileId id;
    for (const TileKind kind : {TileKind::entries, TileKind::heads, TileKind::annex}) {
        const std::string_view folder = kind_folders[static_cast<std::size_t>(kind)];
        if (!path.starts_with(folder) || !path.substr(folder.size()).starts_with('/')) continue;
        id.kind = kind;
        path.remove_prefix(folder.size() + 1);
        return id;
    }
    if (!path.starts_with(kind_folders[0]) || path.size() < 7 || path[6] != '/') return std::nullopt;
    if (path[5] < '0' || path[5] >= static_cast<char>('0' + tile_levels_max)) return std::nullopt;
    id.level = static_cast<std::uint8_t>(path[5] - '0');
    path.remove_prefix(7);
    return id;
}

}  // namespace

std::string tile_folder(TileKind kind, unsigned level) {
    std::string folder(kind_folders[static_cast<std::size_t>(kind)]);
    if (kind == TileKind::hashes) folder += std::to_string(level);
    return folder;
}

std::string tile_number(std::uint64_t index) {
    std::string number = three_digits(index % 1'000);
    for (index /= 1'000; index > 0; index /= 1'000) number.insert(0, 'x' + three_digits(index % 1'000) + '/');
    return number;
}

std::string TileId::path() const {
    std::string path = tile_folder(kind, level) + '/' + tile_number(index);
    if (width < tile_width) {
        path += partial_mark;
        path += std::to_string(width);
    }
    return path;
}

std::optional<TileId> TileId::parse(std::string_view path) {
    auto id = read_folder(path);
    if (!id) return std::nullopt;
    if (const auto mark = path.find(partial_mark); mark != path.npos) {
        const auto width = decimal_decode(path.substr(mark + partial_mark.size()));
        if (!width || *width == 0 || *width >= tile_width) return std::nullopt;
        id->width = static_cast<std::uint16_t>(*width);
        path = path.substr(0, mark);
    }
    const auto index = read_index(path);
    if (!index) return std::nullopt;
    id->index = *index;
    return id;
}

}  // namespace ledger
