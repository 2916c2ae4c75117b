#include "ledger/store_read/log_tiles.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/core/tile_bundle.hpp"

namespace ledger {
namespace {

void append(Bytes& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

Result<Bytes> leaf_hashes(const LogReader& log, SequenceNumber from, TreeSize to) {
    Bytes tile;
    bool whole = true;
    ACTLEDGER_CHECK(log.visit_nodes(from, to, [&](SequenceNumber, ByteView hashes) {
        whole = hashes.size() >= Digest::size_bytes;
        if (whole) append(tile, hashes.first(Digest::size_bytes));
        return whole;
    }));
    if (!whole) return Error{errc::log_damaged, "nodes: wrong length", {{"folder", log.name()}}};
    return tile;
}

Result<Bytes> subtree_hashes(const LogReader& log, const TileId& id) {
    Bytes tile;
    const auto level = static_cast<std::uint8_t>(id.level * tile_height);
    for (std::uint64_t place = 0; place < id.width; ++place) {
        ACTLEDGER_TRY(const Digest hash, log.node({level, id.index * tile_width + place}));
        append(tile, hash.view());
    }
    return tile;
}

Result<Bytes> event_bundle(const LogReader& log, SequenceNumber from, TreeSize to) {
    Bytes bundle;
    ACTLEDGER_CHECK(log.visit_events(from, to, [&](SequenceNumber, ByteView event) {
        append_entry(bundle, event);
        return true;
    }));
    return bundle;
}

Result<Bytes> head_bundle(const LogReader& log, SequenceNumber from, TreeSize to) {
    PlacedBundle bundle;
    ACTLEDGER_CHECK(log.visit_heads({from.value + 1}, [&](const ReleasedHead& head) {
        if (head.size > to) return false;
        bundle.append(head.size.value - 1 - from.value, as_bytes(head.note));
        return true;
    }));
    return copy(bundle.bytes());
}

}  // namespace

bool has_log_tile(const TileId& id, TreeSize published) {
    const std::uint64_t places = tile_places(id.level, published);
    return id.index < places / tile_width || (id.index == places / tile_width && id.width <= places % tile_width);
}

Result<Bytes> read_log_tile(const LogReader& log, const TileId& id) {
    ACTLEDGER_ASSERT(id.kind != TileKind::annex);
    const SequenceNumber from{id.index * tile_width};
    const TreeSize to{from.value + id.width};
    if (id.kind == TileKind::entries) return event_bundle(log, from, to);
    if (id.kind == TileKind::heads) return head_bundle(log, from, to);
    return id.level == 0 ? leaf_hashes(log, from, to) : subtree_hashes(log, id);
}

}  // namespace ledger
