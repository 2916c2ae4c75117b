#pragma once
// tools/bench/baseline.hpp: what one durable, signed event costs at the least on this machine: one durable LMDB commit
// of what the log stores for it, one signature of the token (in this process, without a worker), one verification.

#include <filesystem>
#include <memory>

#include "ledger/core/result.hpp"

namespace bench {

/// Bytes of the values that the log's format has for one event, a table each (docs/formats/log.md).
struct LogEntryBytes {
    std::size_t event = 0;
    std::size_t nodes = 0;
    std::size_t annex = 0;
    std::size_t head = 0;
};
/// Those of the newest event of a ledger. @return what reading it returns
[[nodiscard]] ledger::Result<LogEntryBytes> newest_entry_bytes(const std::filesystem::path& ledger);

class Baseline {
 public:
    /// @param folder    a new one on the ledger's disk.
    /// @param entry     what a commit writes.
    /// @param pin_file  of the token labelled "bench" that SOFTHSM2_CONF names; its first private key signs.
    /// @return errc::baseline_failed
    [[nodiscard]] static ledger::Result<Baseline> open(const std::filesystem::path& folder,
                                                       const std::filesystem::path& pin_file,
                                                       const LogEntryBytes& entry);
    Baseline(Baseline&&) noexcept;
    Baseline& operator=(Baseline&&) = delete;
    ~Baseline();

    /// `rounds` more of each. @return errc::baseline_failed
    [[nodiscard]] ledger::Result<void> measure(int rounds);

    // Medians over all rounds. @pre measured (asserted).
    [[nodiscard]] double commit_us() const;
    [[nodiscard]] double bare_commit_us() const;  ///< Of one value of 400 bytes in one table, for comparison.
    [[nodiscard]] double signature_us() const;
    [[nodiscard]] double verification_us() const;
    [[nodiscard]] double sum_us() const { return commit_us() + signature_us() + verification_us(); }

 private:
    class Parts;
    explicit Baseline(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace bench
