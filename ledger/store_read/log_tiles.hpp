#pragma once
// ledger/store_read/log_tiles.hpp: one file of an export, made from the log at the moment it is asked for: the bytes
// are those that `actledger export` writes. Names and contents: docs/formats/export.md.

#include "ledger/core/tile_layout.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace ledger {

/// Whether a log whose newest head is of size `published` has this file. Of the last number of a kind any width is
/// there that the head covers: who began with an earlier head goes on with it.
[[nodiscard]] bool has_log_tile(const TileId& id, TreeSize published);

/// The file's bytes, copied out in short read transactions that end with the call. At most 16 MiB, if all 256 events
/// are as long as an event may be.
/// @pre has_log_tile, and not the annex (asserted): personal data is not handed out file by file.
/// @return what reading the log returns
[[nodiscard]] Result<Bytes> read_log_tile(const LogReader& log, const TileId& id);

}  // namespace ledger
