#pragma once
// tools/node/evidence.hpp: what clients have shown to the server, and it kept (api/witness.hpp), for whoever decides
// how a ledger goes on while no server runs.

#include <filesystem>

#include "tools/node/ledger_facts.hpp"

namespace node {

/// The greatest heads among the evidence that the log neither has nor explains.
struct ShownHeads {
    std::string note;  ///< Signed by a key that the log knows, or by the expected one; as it was signed. Empty: none.
    /// Signed by a key that the vendor certified for this server and that the log does not know: it was set back to
    /// before that key took over.
    std::optional<ledger::Checkpoint> of_later_key;
};

/// Files that are none of ours prove nothing, nor do heads of retired keys.
/// @param facts         with the revocations (add_revocations).
/// @param incarnations  of the log.
/// @param expected      a key that is about to take over: what it signed is known by it. May be null.
/// @return what reading the log returns
[[nodiscard]] ledger::Result<ShownHeads> newest_evidence(const std::filesystem::path& folder,
                                                         const ledger::LogReader& log, const Facts& facts,
                                                         const ledger::Incarnations& incarnations,
                                                         const ledger::PublicKey* expected = nullptr);

/// Nothing goes on from a log that lacks a hand-over: what the later key has signed is not known there.
/// @return errc::hand_over_missing
[[nodiscard]] ledger::Result<void> check_no_later_key(const ShownHeads& shown);

}  // namespace node
