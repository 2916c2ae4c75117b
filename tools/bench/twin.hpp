#pragma once
// tools/bench/twin.hpp: the twin of the server: the same connections, limits, TLS and HTTP, the same request and answer
// bytes, and no work between them. What it answers a second is what HTTP allows on this machine.

#include <filesystem>

#include "ledger/core/result.hpp"

namespace bench {

struct TwinPorts {
    std::uint16_t plain = 0;
    std::uint16_t tls = 0;
};

/// Serves until standard input closes; writes "PLAIN TLS\n" (ports) to standard output when it is ready.
/// @param answer  a file with the body to answer with: one of the real server's.
/// @param folder  where the server under measurement keeps its certificate.
[[nodiscard]] ledger::Result<void> run_twin(const std::filesystem::path& answer, const std::filesystem::path& folder,
                                            unsigned threads);

}  // namespace bench
