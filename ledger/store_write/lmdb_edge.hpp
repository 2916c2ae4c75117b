#pragma once
// ledger/store_write/lmdb_edge.hpp: the pages that the next append writes anew, checked before the first one. LMDB
// copies them, with whatever a disk did to them, frees the pages whose numbers stand in them, and fills the pages that
// its list of free ones names. Read from the file itself, without LMDB. What stands in the entries is for check_tail.
// Which damage is found, and which only by `actledger verify`: docs/formats/log.md.

#include "ledger/store_read/lmdb_environment.hpp"
#include "ledger/store_write/log_engine.hpp"

namespace ledger::lmdb {

/// Both headers; the tree of trees; of each table the pages from the root to the last leaf, and those that values of it
/// lie on; the whole list of free pages, and of those that are used first, that no tree has them. Costs some tens of
/// pages, whatever the size of the log.
/// @pre nobody else writes: the environment is open for writing.
/// @return errc::log_damaged (detail: page or table, and fault), log_unreadable
[[nodiscard]] Result<LogEdge> check_edge(const Environment& environment);

/// For an entry that is changed or taken away wherever it lies: the pages on the way to it, and those beside them,
/// which LMDB joins with one that has become empty. @return errc::log_damaged, log_unreadable
[[nodiscard]] Result<void> check_way(const Environment& environment, Database table, std::uint64_t key);

}  // namespace ledger::lmdb
