#pragma once
// ledger/store_write/free_pages.hpp: LMDB's list of free pages, checked before it is written from: a page that the list
// names and a tree has would be filled with something else.

#include <span>

#include "ledger/store_write/page_file.hpp"

namespace ledger::lmdb {

/// The whole list: its own pages, order and range of what it names, that nothing is named twice, and nothing that
/// `file` has met. Of those pages that are used first it is also looked up whether one of the trees has them.
/// @param header    the newest.
/// @param numbered  trees whose keys are numbers of 8 bytes, big-endian, and of which not all pages were met.
/// @return errc::log_damaged, log_unreadable
[[nodiscard]] Result<void> check_free_pages(PageFile& file, const HeaderPage& header,
                                            std::span<const TreeRecord> numbered);

}  // namespace ledger::lmdb
