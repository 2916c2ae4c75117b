#pragma once
// tools/cli/ledger_client.hpp: answers admin requests on the ledger itself, while no server runs on it: the server's
// own router over a node of this process.

#include "tools/cli/admin_client.hpp"
#include "tools/config/config.hpp"

namespace cli {

/// Opens the ledger for writing and the token. @return what node::Node::open returns; errc::server_running
[[nodiscard]] ledger::Result<std::unique_ptr<AdminClient>> open_ledger_client(const config::Config& config,
                                                                              ledger::Language language);

}  // namespace cli
