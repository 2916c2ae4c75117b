#pragma once
// snapshot/state_errc.hpp: what can go wrong with snapshots of the projections' state. Messages: state_errc.cpp. None
// of it costs anything but time: the state follows from the log.

#include <system_error>

#include "ledger/core/message.hpp"

namespace snapshot {

enum class state_errc {
    snapshot_unreadable = 1,   ///< facts: path, reason
    snapshot_damaged,          ///< cut, changed, or no snapshot at all. facts: path
    snapshot_version_unknown,  ///< of another version of the program. facts: path, version
    snapshot_foreign,          ///< of another ledger. facts: path, snapshot_server, server
    snapshot_not_of_log,       ///< the log is shorter, or had another head at that size. facts: path, size
    snapshot_differs,          ///< well formed, and not what the log folds to. facts: path, size
    snapshot_not_written,      ///< facts: path, reason
    snapshot_busy,             ///< another process is writing one. facts: folder
    state_differs,             ///< the running server's state is not what the log folds to. facts: size
};

const ledger::MessageCategory& state_category();
std::error_code make_error_code(state_errc value);

}  // namespace snapshot

template <>
struct std::is_error_code_enum<snapshot::state_errc> : std::true_type {};
