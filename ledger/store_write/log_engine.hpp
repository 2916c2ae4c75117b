#pragma once
// ledger/store_write/log_engine.hpp: the small interface behind which a log is written. One engine now (LMDB); a
// replicated one comes later (design section 9).

#include "ledger/core/checkpoint.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace ledger {

/// One event of a group, ready to store.
struct StoredEvent {
    Bytes event;
    Bytes annex;                        ///< encode_annex, or empty for none.
    std::vector<Digest> completed;      ///< Frontier::append's list.
    std::optional<AnnexErased> erases;  ///< The annex value that this event takes away; one that is not there is fine.
};

/// Room for the log, for the status page.
struct StorageRoom {
    std::uint64_t used_bytes = 0;  ///< Of the log.
    std::uint64_t free_bytes = 0;  ///< That the log can still grow: free space of the disk, or the rest of the map.
    bool alarm = false;            ///< More than 80 % of used + free is used, or of the disk.
};

/// With which event, node list, head and annex entry the place begins that the next append goes to: what is stored
/// from there on is stored anew with it. Of an engine that made its log itself: from the beginning.
struct LogEdge {
    std::uint64_t events = 0;
    std::uint64_t nodes = 0;
    std::uint64_t heads = 0;
    std::uint64_t annex = 0;
};

class LogEngine : public LogReader {
 public:
    /// Makes the group durable, all or nothing, with the head that covers it. Blocks until synced. One caller at a
    /// time.
    /// @return errc::log_moved if the log does not have `expected` events; errc::storage_failed, after which the
    /// process
    ///         must stop: a failed sync is never retried, and every later append fails.
    [[nodiscard]] virtual Result<void> append(TreeSize expected, std::span<const StoredEvent> group,
                                              const ReleasedHead& head) = 0;
    /// Checked before deciding: makes sure of room for `events` more with `bytes` of content, so that append cannot
    /// fail for want of it. From any one thread, also while append runs. @return errc::disk_full
    [[nodiscard]] virtual Result<void> check_room(std::uint64_t events, std::uint64_t bytes) = 0;
    [[nodiscard]] virtual StorageRoom room() const = 0;
    /// As of when the log was opened. What is stored there is for check_tail to judge.
    [[nodiscard]] virtual LogEdge edge() const = 0;
};

/// Address space, not memory: how large a log can ever grow. ThreadSanitizer leaves a program less of it.
#ifdef __SANITIZE_THREAD__
constexpr std::uint64_t log_map_bytes = 1ULL << 34;
#else
constexpr std::uint64_t log_map_bytes = 1ULL << 40;
#endif

struct EngineOptions {
    std::uint64_t map_bytes = log_map_bytes;
    std::uint64_t step_bytes = 64ULL << 20;  ///< The file is allocated in such steps, smaller ones near the end.
    std::uint64_t keep_free_bytes = 64ULL
                                    << 20;  ///< Left to others on the disk (mirror, logs, LMDB of the read models).
    std::uint64_t keep_free_percent = 1;    ///< Of the disk; the smaller of the two counts.
};

/// Opens the log of the ledger in `folder` (in folder/log) for writing: exclusive over processes and within this one.
/// The pages that the next append writes anew are checked (lmdb_edge.hpp); what they hold is for check_tail.
/// @return errc::log_not_found, log_locked, log_damaged, network_file_system, log_format_unknown, log_unreadable
[[nodiscard]] Result<std::unique_ptr<LogEngine>> open_log_engine(const std::filesystem::path& folder,
                                                                 const EngineOptions& options = {});

/// A new ledger: its first events (event 0 is LedgerCreated), sealed and signed as one group. All or nothing: a crash
/// leaves no ledger. `folder` is made if it is not there; folder/log must not be.
/// @param time  what the events bear.
/// @return errc::log_exists, network_file_system, disk_full, storage_failed, too_large, or what the signer returns.
[[nodiscard]] Result<ReleasedHead> create_log(const std::filesystem::path& folder, const Origin& origin,
                                              std::span<const EventDraft> first, Timestamp time, Signer& signer);

}  // namespace ledger
