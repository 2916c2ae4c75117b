#pragma once
// ledger/core/tile_bundle.hpp: the contents of an export's files: hash tiles and entry bundles of C2SP tlog-tiles, and
// the bundles of heads and annex entries beside them. Strict: one accepted spelling, every truncation is refused.
// Format: docs/formats/export.md.

#include <vector>

#include "ledger/core/suite.hpp"
#include "ledger/core/tile_layout.hpp"

namespace ledger {

/// Longest file of each kind; longer ones are refused before they are read.
constexpr std::size_t hash_tile_bytes_max = tile_width * Digest::size_bytes;
constexpr std::size_t entry_bundle_bytes_max = tile_width * (2 + 65'535);
constexpr std::size_t placed_bundle_bytes_max = 2 + tile_width * (4 + 65'535);

/// `width` hashes of 32 bytes, and nothing else. @return errc::malformed_tile
[[nodiscard]] Result<std::vector<Digest>> parse_hash_tile(ByteView bytes, std::size_t width);

/// One entry behind the others: its length as 16 bits, big-endian, and its bytes. @pre at most 65,535 (asserted)
void append_entry(Bytes& bundle, ByteView entry);
/// `width` entries of 1 byte or more, and nothing else; they point into `bytes`. @return errc::malformed_tile
[[nodiscard]] Result<std::vector<ByteView>> parse_entry_bundle(ByteView bytes, std::size_t width);

/// Something that belongs to some of the 256 places only: a head to the last event that it covers, an annex entry to
/// its event.
struct PlacedEntry {
    std::uint16_t place = 0;  ///< Of the event in its bundle: 0 to 255.
    ByteView bytes;
};

/// Writes a bundle of heads or of annex entries: their number, then place, length and bytes of each; numbers of 16
/// bits, big-endian. The number makes a cut noticed between two entries as well.
class PlacedBundle {
 public:
    PlacedBundle() { clear(); }
    /// @pre places ascend and are below 256, bytes are 1 to 65,535 (asserted)
    void append(std::size_t place, ByteView bytes);
    [[nodiscard]] ByteView bytes() const { return bytes_; }
    void clear();

 private:
    Bytes bytes_;
    std::size_t count_ = 0;
    std::size_t next_place_ = 0;
};

/// Places ascend and are below `width`; nothing behind the last entry. @return errc::malformed_tile
[[nodiscard]] Result<std::vector<PlacedEntry>> parse_placed_bundle(ByteView bytes, std::size_t width);

}  // namespace ledger
