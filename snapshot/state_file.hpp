#pragma once
// snapshot/state_file.hpp: one snapshot of the projections' state as a file: what it says of itself, and the state.
// Format: docs/formats/snapshot.md.

#include <array>
#include <filesystem>
#include <memory>

#include "ledger/core/checkpoint.hpp"
#include "projections/state/ledger_state.hpp"

namespace snapshot {

constexpr std::uint32_t state_file_version = 1;
constexpr std::size_t state_header_bytes = 256;
using StateHeader = std::array<std::uint8_t, state_header_bytes>;

/// What a snapshot says of itself.
struct StateFacts {
    ledger::Origin origin;  ///< That the last folded event bears.
    ledger::TreeHead head;  ///< Of the events that are folded: applied_through is head.size - 1. At least one.
    ledger::Digest state;   ///< LedgerState::digest().
    std::uint64_t body_bytes = 0;
    bool operator==(const StateFacts&) const = default;
};

[[nodiscard]] StateHeader state_header(const StateFacts& facts);
/// Strict: state_header of the result gives what was read.
/// @return state_errc::snapshot_damaged, snapshot_version_unknown (fact: version); `path` is for the caller to add
[[nodiscard]] ledger::Result<StateFacts> parse_state_header(const StateHeader& header);

struct StateRead {
    StateFacts facts;
    std::unique_ptr<projections::LedgerState> state;
};

/// The header alone. @return snapshot_unreadable, snapshot_damaged, snapshot_version_unknown (facts: path …)
[[nodiscard]] ledger::Result<StateFacts> read_state_facts(const std::filesystem::path& path);
/// The whole, held against its digest; bounded memory but for the state. Whether it belongs to a log is judged by
/// choose_state (state_choice.hpp). @return the same
[[nodiscard]] ledger::Result<StateRead> read_state_file(const std::filesystem::path& path);

/// Written under "<path>.new", synced, renamed to `path`, the folder synced: whole or not at all. Belongs to the owner
/// of the folder, whoever runs this. Leaves room on the disk for the log.
/// @param head  the log's, at state.size(), which is not 0 (asserted).
/// @return state_errc::snapshot_not_written; what was at `path` before is then untouched
[[nodiscard]] ledger::Result<StateFacts> write_state_file(const std::filesystem::path& path,
                                                          const projections::LedgerState& state,
                                                          const ledger::TreeHead& head);

}  // namespace snapshot
