#pragma once
// tools/bench/baseline.hpp: what one durable, signed event costs at the least on this machine: one durable LMDB commit,
// one signature of the token (in this process, without a worker), one verification. Medians.

#include <filesystem>

#include "ledger/core/result.hpp"

namespace bench {

struct Baseline {
    double commit_us = 0;
    double signature_us = 0;
    double verification_us = 0;
    [[nodiscard]] double sum_us() const { return commit_us + signature_us + verification_us; }
};

/// @param folder    a new one on the ledger's disk.
/// @param pin_file  of the token labelled "bench" that SOFTHSM2_CONF names; its first private key signs.
/// @param rounds    of each.
[[nodiscard]] ledger::Result<Baseline> measure_baseline(const std::filesystem::path& folder,
                                                        const std::filesystem::path& pin_file, int rounds);

}  // namespace bench
