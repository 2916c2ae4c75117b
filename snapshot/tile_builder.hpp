#pragma once
// snapshot/tile_builder.hpp: turns the events of a log, in order, into the files of an export. Knows no disk.

#include <array>
#include <functional>

#include "ledger/core/tile_bundle.hpp"
#include "ledger/core/tree.hpp"

namespace snapshot {

/// Takes events, their hashes, annex entries and heads in order, and gives away each file when it is full, and all
/// partial ones when asked. Holds the current tile of each level. One thread.
class TileBuilder {
 public:
    using Give = std::function<ledger::Result<void>(const ledger::TileId&, ledger::ByteView)>;
    /// @param give  called with a file's name and contents; the bytes are valid during the call.
    TileBuilder(const ledger::Suite& suite, Give give) : suite_(suite), give_(std::move(give)) {}

    /// Begins at a multiple of 256, with the hashes that the tiles of level 1 and above have so far.
    /// @return what `nodes` returns
    [[nodiscard]] ledger::Result<void> begin(ledger::TreeSize at, const ledger::NodeReader& nodes);
    [[nodiscard]] ledger::TreeSize size() const { return {size_}; }

    /// The next event. @param hashes  the log's: its leaf hash, then those of what it completes.
    /// @return ledger::errc::log_damaged if the hashes are not those of the event and the events before it
    [[nodiscard]] ledger::Result<void> add_event(ledger::ByteView event, ledger::ByteView hashes);
    /// Belongs to the event that was added last.
    void add_annex(ledger::ByteView entry);
    /// Covers up to the event that was added last.
    void add_head(ledger::ByteView note);
    /// Gives away what became full with the last event; to be called after its annex entry and head.
    [[nodiscard]] ledger::Result<void> end_event();

    /// The files of a tree of size(), as far as they are partial.
    [[nodiscard]] ledger::Result<void> give_partials() const;
    enum class Annex { kept, left_out };
    void set_annex(Annex annex) { annex_kept_ = annex == Annex::kept; }

 private:
    [[nodiscard]] ledger::Result<void> give_level(unsigned level, std::uint64_t index, std::size_t width) const;
    [[nodiscard]] std::size_t place() const { return (size_ - 1) % ledger::tile_width; }

    const ledger::Suite& suite_;
    Give give_;
    bool annex_kept_ = true;
    std::uint64_t size_ = 0;
    ledger::Bytes entries_;
    ledger::PlacedBundle heads_;
    ledger::PlacedBundle annex_;
    std::array<ledger::Bytes, ledger::tile_levels_max> levels_;  ///< Hashes of the current tile of each level.
    std::vector<ledger::Digest> subtree_;  ///< Roots of complete subtrees within the tile of level 0, largest first.
};

}  // namespace snapshot
