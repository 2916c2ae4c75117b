#pragma once
// ledger/store_write/log_engine.hpp: the small interface behind which a log is written. One engine now (LMDB); a
// replicated one comes later (design section 9).

#include "ledger/store_read/log_reader.hpp"

namespace ledger {

/// One event of a group, ready to store.
struct StoredEvent {
    Bytes event;
    Bytes annex;                      ///< encode_annex, or empty for none.
    std::vector<Digest> completed;    ///< Frontier::append's list.
    std::vector<std::pair<SequenceNumber, Bytes>> annex_rewrites;  ///< AnnexErased: the entry's new bytes, empty: none.
};

class LogEngine : public LogReader {
 public:
    /// Makes the group durable, all or nothing, with the head that covers it. Blocks until synced.
    /// @return errc::log_moved if the log does not have `expected` events; errc::storage_failed, after which the process
    ///         must stop: a failed sync is never retried.
    [[nodiscard]] virtual Result<void> append(TreeSize expected, std::span<const StoredEvent> group,
                                              const ReleasedHead& head) = 0;
    /// Checked before deciding: whether there is room for `bytes` more. @return errc::disk_full
    [[nodiscard]] virtual Result<void> check_room(std::uint64_t bytes) = 0;
};

}  // namespace ledger
