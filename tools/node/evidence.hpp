#pragma once
// tools/node/evidence.hpp: what clients have shown to the server, and it kept (api/witness.hpp), for whoever decides
// how a ledger goes on while no server runs.

#include <filesystem>

#include "tools/node/ledger_facts.hpp"

namespace node {

/// The greatest head among them that the log neither has nor explains, as it was signed; empty: none. Files that are
/// none of ours prove nothing.
/// @param incarnations  of the log.
/// @return what reading the log returns
[[nodiscard]] ledger::Result<std::string> newest_evidence(const std::filesystem::path& folder,
                                                          const ledger::LogReader& log, const Facts& facts,
                                                          const ledger::Incarnations& incarnations);

}  // namespace node
