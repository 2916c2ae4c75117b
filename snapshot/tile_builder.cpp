#include "snapshot/tile_builder.hpp"

#include <bit>

#include "ledger/core/errc.hpp"

namespace snapshot {

using ledger::ByteView;
using ledger::Digest;
using ledger::Result;
using ledger::tile_height;
using ledger::tile_levels_max;
using ledger::tile_width;
using ledger::TileKind;

Result<void> TileBuilder::begin(ledger::TreeSize at, const ledger::NodeReader& nodes) {
    ACTLEDGER_ASSERT(at.value % tile_width == 0);
    size_ = at.value;
    entries_.clear();
    heads_.clear();
    annex_.clear();
    subtree_.clear();
    for (ledger::Bytes& level : levels_) level.clear();
    for (unsigned level = 1; level < tile_levels_max; ++level) {
        const std::uint64_t places = ledger::tile_places(level, at);
        for (std::uint64_t index = places / tile_width * tile_width; index < places; ++index) {
            ACTLEDGER_TRY(const Digest hash, nodes.node({static_cast<std::uint8_t>(level * tile_height), index}));
            levels_[level].insert(levels_[level].end(), hash.bytes.begin(), hash.bytes.end());
        }
    }
    return {};
}

Result<void> TileBuilder::add_event(ByteView event, ByteView hashes) {
    const auto damaged = [&](const char* what) {
        return ledger::Error{ledger::errc::log_damaged, std::string(what) + " of event " + std::to_string(size_)};
    };
    const auto completed = static_cast<std::size_t>(std::countr_one(size_)) + 1;
    if (hashes.size() != completed * Digest::size_bytes) return damaged("stored hashes");
    const auto stored = [&](std::size_t level) {
        return hashes.subspan(level * Digest::size_bytes, Digest::size_bytes);
    };
    // Computed within the tile, so that what is exported is what the events give; above it, from the log.
    Digest hash = suite_.hash_leaf(event);
    for (std::size_t level = 0;; ++level) {
        if (!ledger::equal(hash.view(), stored(level))) return damaged("a stored hash");
        if (level + 1 == completed || level == tile_height) break;
        hash = suite_.hash_node(subtree_.back(), hash);
        subtree_.pop_back();
    }
    subtree_.push_back(hash);
    ledger::append_entry(entries_, event);
    levels_[0].insert(levels_[0].end(), hashes.begin(), hashes.begin() + Digest::size_bytes);
    for (std::size_t level = tile_height; level < completed; level += tile_height) {
        const ByteView upper = stored(level);
        levels_[level / tile_height].insert(levels_[level / tile_height].end(), upper.begin(), upper.end());
    }
    ++size_;
    return {};
}

void TileBuilder::add_annex(ByteView entry) {
    if (annex_kept_) annex_.append(place(), entry);
}

void TileBuilder::add_head(ByteView note) { heads_.append(place(), note); }

Result<void> TileBuilder::give_level(unsigned level, std::uint64_t index, std::size_t width) const {
    return give_({TileKind::hashes, static_cast<std::uint8_t>(level), index, static_cast<std::uint16_t>(width)},
                 levels_[level]);
}

Result<void> TileBuilder::end_event() {
    if (size_ % tile_width != 0) return {};
    const std::uint64_t index = size_ / tile_width - 1;
    ACTLEDGER_CHECK(give_({TileKind::entries, 0, index, tile_width}, entries_));
    ACTLEDGER_CHECK(give_({TileKind::heads, 0, index, tile_width}, heads_.bytes()));
    if (annex_kept_) ACTLEDGER_CHECK(give_({TileKind::annex, 0, index, tile_width}, annex_.bytes()));
    for (unsigned level = 0; level < tile_levels_max; ++level) {
        const std::uint64_t places = ledger::tile_places(level, {size_});
        if (places == 0 || places % tile_width != 0 || levels_[level].empty()) break;
        ACTLEDGER_CHECK(give_level(level, places / tile_width - 1, tile_width));
        levels_[level].clear();
    }
    entries_.clear();
    heads_.clear();
    annex_.clear();
    subtree_.clear();
    return {};
}

Result<void> TileBuilder::give_partials() const {
    for (unsigned level = 0; level < tile_levels_max; ++level) {
        const std::uint64_t places = ledger::tile_places(level, {size_});
        if (places % tile_width != 0) ACTLEDGER_CHECK(give_level(level, places / tile_width, places % tile_width));
    }
    const auto width = static_cast<std::uint16_t>(size_ % tile_width);
    if (width == 0) return {};
    const std::uint64_t index = size_ / tile_width;
    ACTLEDGER_CHECK(give_({TileKind::entries, 0, index, width}, entries_));
    ACTLEDGER_CHECK(give_({TileKind::heads, 0, index, width}, heads_.bytes()));
    if (annex_kept_) ACTLEDGER_CHECK(give_({TileKind::annex, 0, index, width}, annex_.bytes()));
    return {};
}

}  // namespace snapshot
