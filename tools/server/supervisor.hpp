#pragma once
// tools/server/supervisor.hpp: what systemd is told and what it hands over: sd_notify(3), sd_watchdog_enabled(3),
// sd_listen_fds(3). Nothing happens where no supervisor asks for it.

#include <string>
#include <vector>

#include "api/server/server.hpp"

namespace server {

void say_ready(const std::string& status);
void say_stopping();

/// While the returned coroutine runs on `server.io(0)`, the watchdog is answered in half its time, and only after every
/// io thread has run something: a server that no longer serves is restarted. Ends at once where none is asked for.
[[nodiscard]] api::Awaitable<void> answer_watchdog(api::Server& server, unsigned threads);

/// A listening socket that was handed over. The name (FileDescriptorName=) says what it is: "plain" for HTTP without
/// TLS; a socket file is the local admin socket whatever its name; all others are TLS.
struct InheritedSocket {
    int descriptor = -1;
    api::Caller::Transport transport{};
};
/// The same each time it is asked; they stay open.
[[nodiscard]] const std::vector<InheritedSocket>& inherited_sockets();

}  // namespace server
