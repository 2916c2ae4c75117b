#pragma once
// snapshot/restore_batch.hpp: checked parts on their way into a staged log, many to a transaction. A transaction ends
// at a head, so that the log is whole after each.

#include <deque>

#include "ledger/store_write/lmdb_log_engine.hpp"
#include "snapshot/ordered_pipeline.hpp"
#include "snapshot/part_check.hpp"

namespace snapshot {

/// One thread. What it refers to outlives it.
class RestoreBatch {
 public:
    using Recycle = std::function<void(std::unique_ptr<CheckedPart>)>;
    /// @param folder  the export's, as errors name it.
    RestoreBatch(ledger::LmdbLogEngine& engine, std::string folder, Recycle recycle)
        : engine_(engine), folder_(std::move(folder)), recycle_(std::move(recycle)) {}

    /// Parts in order; writes when enough have come. @return ledger::errc::disk_full, storage_failed;
    /// errc::restore_head_wrong for more events without a head than a server ever puts under one
    [[nodiscard]] ledger::Result<void> add(std::unique_ptr<CheckedPart> part);
    /// Writes the rest, which ends at a head.
    [[nodiscard]] ledger::Result<void> flush();

 private:
    void collect(const CheckedPart& part, std::uint64_t until);
    ledger::LmdbLogEngine& engine_;
    std::string folder_;
    Recycle recycle_;
    std::deque<std::unique_ptr<CheckedPart>> parts_;
    std::uint64_t written_ = 0;  ///< Events.
    std::vector<ledger::StoredView> views_;
    std::vector<ledger::ReleasedHead> heads_;
    std::uint64_t bytes_ = 0;
};

}  // namespace snapshot
