#pragma once
// tools/server/uninitialised.hpp: the server before there is a ledger: it answers that it is not initialised, and what
// to do about it (501), until `actledger hsm init` has made one; and beside a ledger that is not served, because it is
// not what the HSM remembers (503): until it is stopped.

#include <csignal>

#include "tools/config/config.hpp"

namespace server {

enum class Waited : std::uint8_t { ledger_made, told_to_end };

/// Blocks. @param signals  blocked in all threads; any of them but SIGHUP ends the wait.
/// @return what listening and the TLS certificate return
[[nodiscard]] ledger::Result<Waited> serve_without_ledger(const config::Config& config, const sigset_t& signals);

/// Whether a ledger that could not be opened for this reason is one that people must look at (invariant L8): trying
/// again does not help, and whoever asks should be told.
[[nodiscard]] bool is_refusal(const ledger::Error& error);
/// Tells everybody why the ledger is not served. Blocks until a signal but SIGHUP.
/// @return what listening and the TLS certificate return
[[nodiscard]] ledger::Result<void> serve_refusal(const config::Config& config, const sigset_t& signals,
                                                 const ledger::Error& why);

}  // namespace server
