#include "tools/server/listeners.hpp"

#include <fcntl.h>

#include <algorithm>
#include <thread>

#include "api/errc.hpp"
#include "api/log.hpp"
#include "tools/server/supervisor.hpp"

namespace server {
namespace {

using ledger::Result;
using Transport = api::Caller::Transport;

void log_listening(std::string_view address, std::uint16_t port, Transport transport) {
    const bool plain = transport == Transport::plain;
    api::log(plain ? api::LogLevel::warning : api::LogLevel::info, "listening",
             {{"address", address},
              {"port", port},
              {"transport", plain                           ? "plain"
                            : transport == Transport::local ? "local"
                                                            : "tls"}});
}

/// A duplicate: the supervisor's own stays for the next server of this process.
Result<void> adopt(const InheritedSocket& socket, api::Server& server) {
    const int duplicate = ::fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) return ledger::Error{api::errc::listen_failed, "F_DUPFD_CLOEXEC"};
    ACTLEDGER_TRY(const std::uint16_t port, server.adopt(duplicate, socket.transport));
    log_listening("(handed over)", port, socket.transport);
    return {};
}

Result<void> listen_on(const std::vector<std::string>& addresses, Transport transport, api::Server& server) {
    for (const auto& address : addresses) {
        ACTLEDGER_TRY(const std::uint16_t port, server.listen(address, transport));
        log_listening(address, port, transport);
    }
    return {};
}

}  // namespace

api::ServerOptions server_options(const config::Config& config) {
    const config::Http& http = config.http;
    api::ServerOptions options;
    options.threads = http.threads != 0 ? http.threads : std::max(1U, std::thread::hardware_concurrency());
    options.header_bytes_max = http.header_bytes_max;
    options.connections_max = http.connections_max;
    options.connections_per_address_max = http.connections_per_address_max;
    options.handshake_timeout = http.handshake_timeout;
    options.header_timeout = http.header_timeout;
    options.body_timeout = http.body_timeout;
    options.idle_timeout = http.idle_timeout;
    return options;
}

Result<void> listen(const config::Config& config, api::Server& server) {
    bool network = false;
    bool local = false;
    for (const InheritedSocket& socket : inherited_sockets()) {
        ACTLEDGER_CHECK(adopt(socket, server));
        (socket.transport == Transport::local ? local : network) = true;
    }
    if (!network) {
        ACTLEDGER_CHECK(listen_on(config.http.listen, Transport::tls, server));
        ACTLEDGER_CHECK(listen_on(config.http.listen_plain, Transport::plain, server));
    }
    if (local) return {};
    return server.listen_local(config.admin_socket());
}

}  // namespace server
