#include "api/server/server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <future>

#include "api/errc.hpp"
#include "api/log.hpp"
#include "api/server/connection.hpp"
#include "api/server/listening_socket.hpp"
#include "api/server/tls_identity.hpp"

namespace api {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using ledger::Result;

/// What listeners and connections reach. Declared so that threads end before what they use.
struct Server::Shared {
    Shared(const ServerOptions& options, RequestHandler& handler)
        : context{options, handler, {}, {}}, limits(options.connections_max, options.connections_per_address_max) {
        for (unsigned i = 0; i < std::max(1U, options.threads); ++i) io.push_back(std::make_unique<IoThread>());
    }
    ~Shared() {
        for (const auto& thread : io) thread->stop();
    }

    std::shared_ptr<asio::ssl::context> tls() {
        const std::lock_guard lock(tls_mutex);
        return tls_context;
    }

    ConnectionContext context;
    ConnectionLimits limits;
    std::mutex tls_mutex;
    std::shared_ptr<asio::ssl::context> tls_context;
    std::vector<std::unique_ptr<IoThread>> io;
    std::size_t next_io = 0;  ///< On the first io thread, where all listeners live.
};

/// Accepts on the first io thread and spreads connections over all of them.
class Server::Listener {
 public:
    Listener(Shared& shared, int socket, int family, Caller::Transport transport)
        : shared_(shared),
          acceptor_(shared.io.front()->context(), Protocol(family, 0), socket),
          transport_(transport) {}

    /// Until the acceptor is closed.
    Awaitable<void> accept_all() {
        while (acceptor_.is_open()) {
            IoThread& io = *shared_.io[shared_.next_io++ % shared_.io.size()];
            Protocol::endpoint peer;
            auto [error, socket] = co_await acceptor_.async_accept(io.context(), peer, asio::as_tuple(use_awaitable));
            if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
            if (error) {
                // Out of descriptors or memory: leave the others time to finish.
                log(LogLevel::warning, "accept-failed", {{"problem", error.message()}});
                pause_.expires_after(std::chrono::milliseconds(100));
                co_await pause_.async_wait(asio::as_tuple(use_awaitable));
                continue;
            }
            take(io, std::move(socket), peer);
        }
    }

    void close() {
        ErrorCode ignored;
        acceptor_.close(ignored);
        pause_.cancel(ignored);
    }

 private:
    void take(IoThread& io, Socket socket, const Protocol::endpoint& peer) {
        Caller caller{transport_, address_text(*peer.data())};
        auto& counters = shared_.context.counters;
        counters.accepted.fetch_add(1, std::memory_order_relaxed);
        auto slot = shared_.limits.take(caller.address);
        const bool stranger = transport_ == Caller::Transport::local && !is_own_account(socket.native_handle());
        auto tls = transport_ == Caller::Transport::tls ? shared_.tls() : nullptr;
        if (!slot || stranger || (transport_ == Caller::Transport::tls && !tls)) {
            counters.refused_connections.fetch_add(1, std::memory_order_relaxed);
            return;  // closes the socket
        }
        if (transport_ != Caller::Transport::local) {
            ErrorCode ignored;
            socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        }
        auto connection =
            tls ? serve_tls(shared_.context, io, std::move(socket), std::move(caller), std::move(*slot), std::move(tls))
                : serve_plain(shared_.context, io, std::move(socket), std::move(caller), std::move(*slot));
        asio::co_spawn(io.executor(), std::move(connection), [](const std::exception_ptr& failure) {
            if (!failure) return;
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& exception) {
                log(LogLevel::error, "connection-failed", {{"problem", exception.what()}});
            }
        });
    }

    Shared& shared_;
    asio::basic_socket_acceptor<Protocol, Executor> acceptor_;
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>
        pause_{shared_.io.front()->context()};
    const Caller::Transport transport_;
};

Server::Server(const ServerOptions& options, RequestHandler& handler)
    : shared_(std::make_unique<Shared>(options, handler)) {}

Server::~Server() {
    for (const auto& io : shared_->io) io->stop();
}

Result<void> Server::use_tls(const TlsIdentity& identity) {
    ACTLEDGER_TRY(auto context, make_tls_context(identity));
    const std::lock_guard lock(shared_->tls_mutex);
    shared_->tls_context = std::move(context);
    return {};
}

Result<std::uint16_t> Server::listen(std::string_view address, Caller::Transport transport) {
    ACTLEDGER_TRY(const int socket, open_tcp_socket(address));
    return add_listener(socket, transport);
}

Result<void> Server::listen_local(const std::filesystem::path& path) {
    ACTLEDGER_TRY(const int socket, open_local_socket(path));
    ACTLEDGER_CHECK(add_listener(socket, Caller::Transport::local));
    return {};
}

Result<std::uint16_t> Server::adopt(int listening_socket, Caller::Transport transport) {
    return add_listener(listening_socket, transport);
}

Result<std::uint16_t> Server::add_listener(int socket, Caller::Transport transport) {
    ACTLEDGER_TRY(const std::uint16_t port, check_listening(socket));
    int family = 0;
    socklen_t size = sizeof family;
    if (::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0) {
        return ledger::Error{errc::listen_failed, "SO_DOMAIN"};
    }
    listeners_.push_back(std::make_unique<Listener>(*shared_, socket, family, transport));
    return port;
}

void Server::start() {
    for (const auto& listener : listeners_) {
        asio::co_spawn(shared_->io.front()->executor(), listener->accept_all(), asio::detached);
    }
    for (const auto& io : shared_->io) io->start();
}

bool Server::drain(std::chrono::milliseconds patience) {
    shared_->context.draining = true;
    // On the listeners' thread; waited for, so that nothing is accepted after it.
    std::promise<void> closed;
    asio::post(shared_->io.front()->context(), [this, &closed] {
        for (const auto& listener : listeners_) listener->close();
        closed.set_value();
    });
    closed.get_future().wait();
    for (const auto& io : shared_->io) {
        asio::post(io->context(), [&thread = *io] { thread.drain(); });
    }
    const bool finished = shared_->limits.wait_until_none(patience);
    for (const auto& io : shared_->io) io->stop();
    return finished;
}

const ServerCounters& Server::counters() const { return shared_->context.counters; }
std::size_t Server::open_connections() const { return shared_->limits.open(); }
IoThread& Server::io(std::size_t index) { return *shared_->io[index % shared_->io.size()]; }

}  // namespace api
