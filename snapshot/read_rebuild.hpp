#pragma once
// snapshot/read_rebuild.hpp: builds the read models of a log anew beside the old ones, holds the old ones against them,
// and puts the new ones in their place (invariant L6).

#include "projections/read/read_models.hpp"
#include "snapshot/state_maker.hpp"

namespace snapshot {

struct ReadRebuild {
    ledger::TreeSize size;  ///< Events folded.
    ledger::Digest digest;
    /// What was there before: nothing if there was none that is whole and of this log.
    std::optional<ledger::TreeSize> old_size;
    /// The old ones are not what the log gives, or damaged: read_errc::read_models_differ, read_models_damaged.
    std::optional<ledger::Error> differs;
    bool swapped = false;
};

enum class ReadSwap {
    never,      ///< Only compare.
    if_unused,  ///< Unless a server has them open.
};

/// @param folder  `<ledger>/read`. The new ones are built in `<ledger>/read.new`, which is gone afterwards.
/// @param progress  may be empty; called with the events folded so far. What it returns is not looked at.
/// @return read_errc::read_models_unusable, read_models_busy (another rebuild); what reading the log returns
[[nodiscard]] ledger::Result<ReadRebuild> rebuild_read_models(const std::filesystem::path& folder,
                                                              const ledger::LogReader& log, ReadSwap swap,
                                                              const FoldProgress& progress = {});

}  // namespace snapshot
