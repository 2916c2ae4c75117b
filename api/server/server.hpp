#pragma once
// api/server/server.hpp: HTTP/1.1 over TLS, plain TCP and a local socket: listeners, connections and their limits.
// Knows no endpoint: what is asked goes to the RequestHandler (the router; the benchmark's twin).
// ADR: docs/adr/0013-http-server.md.

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

#include "api/request_handler.hpp"
#include "ledger/core/result.hpp"

namespace api {

struct TlsIdentity;

struct ServerOptions {
    unsigned threads = 2;  ///< At least 1. Each has connections of its own.
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t connections_max = 8'192;
    std::size_t connections_per_address_max = 2'048;
    std::chrono::milliseconds handshake_timeout{10'000};
    std::chrono::milliseconds header_timeout{10'000};  ///< From a request's first byte to its last header byte.
    std::chrono::milliseconds body_timeout{30'000};    ///< For the whole body.
    std::chrono::milliseconds idle_timeout{75'000};    ///< Between two requests.
    std::chrono::milliseconds write_timeout{30'000};   ///< For a whole answer.
};

/// Counts since the start, for metrics. Any thread.
struct ServerCounters {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refused_connections{0};  ///< Over a limit, or a stranger on the local socket.
    std::atomic<std::uint64_t> failed_handshakes{0};
    std::atomic<std::uint64_t> timeouts{0};
};

class Server {
 public:
    /// @param handler  outlives the server.
    Server(const ServerOptions& options, RequestHandler& handler);
    ~Server();  ///< Stops without waiting; see drain().

    /// Must be called before a TLS listener accepts; may be called again at any time from any thread, for connections
    /// from then on. @return errc::tls_certificate_unusable
    [[nodiscard]] ledger::Result<void> use_tls(const TlsIdentity& identity);

    /// @param address  numeric IP address with port: "127.0.0.1:8443", "[::]:0"; an address of a host name is refused.
    /// @return the port that was bound; errc::listen_failed, errc::invalid_value
    [[nodiscard]] ledger::Result<std::uint16_t> listen(std::string_view address, Caller::Transport transport);
    /// A socket file of mode 0600 that only this account and root may use. A dead one at that path is replaced.
    /// @return errc::listen_failed, also when another process listens there.
    [[nodiscard]] ledger::Result<void> listen_local(const std::filesystem::path& path);
    /// Takes over a listening socket (socket activation). @return its port, 0 for a local socket; errc::listen_failed
    [[nodiscard]] ledger::Result<std::uint16_t> adopt(int listening_socket, Caller::Transport transport);

    void start();
    /// Stops accepting, ends idle connections, lets requests under way finish, then ends what is left.
    /// Blocks for at most `patience`. @return whether all had finished by themselves.
    bool drain(std::chrono::milliseconds patience);

    [[nodiscard]] const ServerCounters& counters() const;
    [[nodiscard]] std::size_t open_connections() const;
    /// The io threads, for work that is not a connection's.
    [[nodiscard]] IoThread& io(std::size_t index);

 private:
    struct Shared;
    class Listener;
    ledger::Result<std::uint16_t> add_listener(int socket, Caller::Transport transport);

    std::unique_ptr<Shared> shared_;
    std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace api
