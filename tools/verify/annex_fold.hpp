#pragma once
// tools/verify/annex_fold.hpp: the part of an audit that holds what is missing from the annex against the events that
// erased it: every value is either there or erased by an event, and never both.

#include "tools/verify/chunk.hpp"

namespace verify {

/// One thread at a time; chunks in order. Keeps 16 bytes for each value that is missing or erased.
class AnnexFold {
 public:
    explicit AnnexFold(FindingList& findings) : findings_(findings) {}
    void add(const Chunk& chunk);
    /// After the last chunk. Reads the entries that were said to be erased, and, when something is missing, the events
    /// from `size` on: a server that runs may have erased it since.
    [[nodiscard]] ledger::Result<void> finish(const ledger::LogScan& scan, std::uint64_t size);
    [[nodiscard]] std::uint64_t erased() const { return erased_.size(); }

 private:
    [[nodiscard]] ledger::Result<void> check_erased(const ledger::LogView& view);
    [[nodiscard]] ledger::Result<void> read_later_erasures(const ledger::LogView& view, std::uint64_t size);
    FindingList& findings_;
    std::vector<AnnexPlace> missing_;  ///< Ascending, as the chunks come.
    std::vector<AnnexPlace> erased_;
};

}  // namespace verify
