#pragma once
// tools/server/uninitialised.hpp: the server before there is a ledger: it answers that it is not initialised, and what
// to do about it (501), until `actledger hsm init` has made one.

#include <csignal>

#include "tools/config/config.hpp"

namespace server {

enum class Waited : std::uint8_t { ledger_made, told_to_end };

/// Blocks. @param signals  blocked in all threads; any of them but SIGHUP ends the wait.
/// @return what listening and the TLS certificate return
[[nodiscard]] ledger::Result<Waited> serve_without_ledger(const config::Config& config, const sigset_t& signals);

}  // namespace server
