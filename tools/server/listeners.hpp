#pragma once
// tools/server/listeners.hpp: where a server listens, from the configuration or from a supervisor.

#include "api/server/server.hpp"
#include "tools/config/config.hpp"

namespace server {

[[nodiscard]] api::ServerOptions server_options(const config::Config& config);

/// Sockets of a supervisor take the place of http.listen and http.listen_plain, and a socket file among them that of
/// admin.socket. Each is logged with its port. @return what Server::listen, listen_local and adopt return
[[nodiscard]] ledger::Result<void> listen(const config::Config& config, api::Server& server);

}  // namespace server
