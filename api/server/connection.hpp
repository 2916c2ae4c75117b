#pragma once
// api/server/connection.hpp: one connection: its coroutine, its phases and their time limits. Private to api/server.

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "api/server/connection_limits.hpp"
#include "api/server/server.hpp"

namespace api {

using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;

/// What all connections of a server share. Outlives them.
struct ConnectionContext {
    const ServerOptions options;
    RequestHandler& handler;
    ServerCounters counters;
    std::atomic<bool> draining{false};
};

/// Serves requests one after the other until the peer leaves, a limit is broken, or the server drains.
/// Runs on `io`, whose thread is the connection's strand.
[[nodiscard]] Awaitable<void> serve_plain(ConnectionContext& context, IoThread& io, Socket socket, Caller caller,
                                          ConnectionSlot slot);
[[nodiscard]] Awaitable<void> serve_tls(ConnectionContext& context, IoThread& io, Socket socket, Caller caller,
                                        ConnectionSlot slot, std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace api
