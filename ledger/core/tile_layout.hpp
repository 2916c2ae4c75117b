#pragma once
// ledger/core/tile_layout.hpp: where the parts of an export lie: C2SP tlog-tiles paths, and beside them heads and annex
// in the same numbering. Knows names only, no file. Format: docs/formats/export.md.

#include <optional>
#include <string>

#include "ledger/core/sizes.hpp"

namespace ledger {

/// Hashes of a full tile, and events of a full bundle.
constexpr std::uint64_t tile_width = 256;
constexpr unsigned tile_height = 8;      ///< Levels of the tree in one tile.
constexpr unsigned tile_levels_max = 8;  ///< Tile levels 0 to 7: as many as a tree of ours (tree_size_max) can have.

/// What lies in an export in the numbering of tiles. `hashes` has a level, the others are as its level 0.
enum class TileKind : std::uint8_t { hashes, entries, heads, annex };

/// One file of an export: number `index` of its kind and level, with the first `width` of its 256 places.
struct TileId {
    TileKind kind = TileKind::hashes;
    std::uint8_t level = 0;  ///< Of hashes: 0 to tile_levels_max - 1; 0 for the others.
    std::uint64_t index = 0;
    std::uint16_t width = tile_width;  ///< 1 to 256; below 256 the tile is partial.
    auto operator<=>(const TileId&) const = default;

    /// "tile/0/x001/x234/067", "heads/005.p/17".
    [[nodiscard]] std::string path() const;
    /// Exactly what path() writes; empty for anything else.
    [[nodiscard]] static std::optional<TileId> parse(std::string_view path);
};

/// "tile/entries", "tile/3", "heads", "annex".
[[nodiscard]] std::string tile_folder(TileKind kind, unsigned level);
/// The index alone: "x001/x234/067".
[[nodiscard]] std::string tile_number(std::uint64_t index);

/// Places that level `level` has in a tree of `size`: the complete subtrees of 256^level leaves.
[[nodiscard]] constexpr std::uint64_t tile_places(unsigned level, TreeSize size) {
    return level < tile_levels_max ? size.value >> (tile_height * level) : 0;
}

}  // namespace ledger
