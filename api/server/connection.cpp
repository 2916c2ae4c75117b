#include "api/server/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <stdexcept>
#include <type_traits>

#include "api/log.hpp"
#include "api/server/response_text.hpp"

namespace api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t read_bytes = 8 * 1024;
constexpr std::uint64_t field_bytes_max = 65'535;             ///< Beast's own, for a name or a value: it throws.
constexpr std::size_t lingering_bytes_max = 4 * 1024 * 1024;  ///< Read and thrown away so that a refusal arrives.
constexpr std::chrono::milliseconds lingering_timeout{1'000};
constexpr std::chrono::milliseconds first_request_patience{1'000};  // while draining
constexpr std::uint64_t body_bytes_hard_max = 16 * 1024 * 1024;     ///< Before the route's own limit is known.
constexpr auto as_result = asio::as_tuple(use_awaitable);

using TlsStream = asio::ssl::stream<Socket>;

Socket& socket_of(Socket& socket) { return socket; }
Socket& socket_of(TlsStream& stream) { return stream.next_layer(); }

Method method_of(http::verb verb) {
    switch (verb) {
        case http::verb::get:
            return Method::get;
        case http::verb::head:
            return Method::head;
        case http::verb::post:
            return Method::post;
        case http::verb::put:
            return Method::put;
        case http::verb::delete_:
            return Method::delete_;
        default:
            return Method::other;
    }
}

std::optional<Header> header_of(http::field name, std::string_view text) {
    switch (name) {
        case http::field::authorization:
            return Header::authorization;
        case http::field::content_type:
            return Header::content_type;
        case http::field::accept:
            return Header::accept;
        case http::field::accept_language:
            return Header::accept_language;
        case http::field::if_none_match:
            return Header::if_none_match;
        case http::field::unknown:
            break;
        default:
            return std::nullopt;
    }
    return beast::iequals(text, "X-Request-Id") ? std::optional(Header::request_id) : std::nullopt;
}

/// One connection. Lives in its coroutine's frame.
template <class Stream>
class Connection final : public Watched {
 public:
    Connection(ConnectionContext& context, IoThread& io, Stream& stream, const Caller& caller)
        : context_(context),
          io_(io),
          stream_(stream),
          caller_(caller),
          buffer_(context.options.header_bytes_max + read_bytes) {
        io_.watch(*this);
    }
    ~Connection() override { io_.forget(*this); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Ends with the connection: see serve_one for the reasons.
    Awaitable<void> run() {
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            enter(Phase::handshake, context_.options.handshake_timeout);
            const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
            if (error) {
                context_.counters.failed_handshakes.fetch_add(1, std::memory_order_relaxed);
                co_return;
            }
        }
        // Not `while (co_await serve_one()) {}`: g++ 12 makes an endless loop of it once the connection ends.
        bool more = true;
        while (more) {
            const bool served = co_await serve_one();
            more = served;
        }
        co_await close();
    }

    void expire() noexcept override {
        deadline = Time::max();
        timed_out_ = true;
        if (phase_ != Phase::idle && phase_ != Phase::closing) {
            context_.counters.timeouts.fetch_add(1, std::memory_order_relaxed);
        }
        // A slow request still gets its answer; everything else just ends.
        ErrorCode ignored;
        if (phase_ == Phase::header || phase_ == Phase::body) {
            socket_of(stream_).cancel(ignored);
        } else {
            socket_of(stream_).close(ignored);
        }
    }

    void drain() noexcept override {
        if (phase_ != Phase::idle) return;
        if (new_) {
            enter(Phase::idle, first_request_patience);
        } else {
            ErrorCode ignored;
            socket_of(stream_).close(ignored);
        }
    }

 private:
    enum class Phase : std::uint8_t { handshake, idle, header, body, handler, writing, closing };
    enum class Read : std::uint8_t { done, ended, refused };

    void enter(Phase phase, std::chrono::milliseconds timeout) {
        phase_ = phase;
        timed_out_ = false;
        deadline = timeout.count() == 0 ? Time::max() : IoThread::now() + timeout;
    }

    /// @return whether another request may follow: not after the peer left, a broken limit, "close", or a drain.
    Awaitable<bool> serve_one() {
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(context_.options.header_bytes_max));
        parser.body_limit(body_bytes_hard_max);
        response_ = Response{};
        request_ = Request{};
        request_.caller = &caller_;
        request_.io = &io_;
        request_id_.clear();
        taken_ = 0;

        const Read read = co_await read_request(parser);
        if (read == Read::ended) co_return false;
        if (read == Read::done) {
            enter(Phase::handler, std::chrono::milliseconds{0});
            co_await context_.handler.handle(request_, response_);
        } else {
            response_.close = true;
        }
        co_return co_await answer(parser);
    }

    Awaitable<Read> read_request(Parser& parser) {
        if (buffer_.size() == 0) {
            const bool draining = context_.draining.load(std::memory_order_relaxed);
            if (draining && !new_) co_return Read::ended;
            enter(Phase::idle, draining ? first_request_patience : context_.options.idle_timeout);
            if (!co_await fill()) co_return Read::ended;
        }
        new_ = false;
        enter(Phase::header, context_.options.header_timeout);
        while (true) {
            if (const auto refusal = parse(parser)) co_return refuse(*refusal, header_limit());
            // Beast's own limit is for what it has not taken yet: fields that come one by one would never reach it.
            const bool done = parser.is_header_done();
            if (taken_ + (done ? 0 : buffer_.size()) > context_.options.header_bytes_max) {
                co_return refuse(Refusal::header_too_large, header_limit());
            }
            if (done) break;
            if (!co_await fill()) co_return after_failed_read(Refusal::header_too_large);
        }
        if (!take_header(parser)) co_return refuse(Refusal::malformed, 0);

        const auto limit = context_.handler.admit(request_, response_);
        if (!limit) co_return Read::refused;
        const auto length = parser.content_length();
        if (length && *length > *limit) co_return refuse(Refusal::body_too_large, *limit);
        parser.body_limit(*limit);
        if (!parser.is_done()) {
            enter(Phase::body, context_.options.body_timeout);
            if (!co_await invite(parser)) co_return Read::ended;
            parser.eager(true);  // all that is in the buffer: several chunks may have come at once
            if (buffer_.size() == 0 && !co_await fill()) co_return after_failed_read(Refusal::malformed);
            while (true) {
                if (const auto refusal = parse(parser)) co_return refuse(*refusal, *limit);
                if (parser.is_done()) break;
                if (!co_await fill()) co_return after_failed_read(Refusal::malformed);
            }
        }
        request_.body = parser.get().body();
        co_return Read::done;
    }

    /// Feeds what is in the buffer to the parser.
    std::optional<Refusal> parse(Parser& parser) {
        ErrorCode error;
        try {
            const std::size_t count = parser.put(buffer_.data(), error);
            buffer_.consume(count);
            taken_ += count;
        } catch (const std::length_error&) {
            field_too_large_ = true;
            return Refusal::header_too_large;
        }
        if (!error || error == http::error::need_more) return std::nullopt;
        if (error == http::error::header_limit) return Refusal::header_too_large;
        if (error == http::error::body_limit) return Refusal::body_too_large;
        return Refusal::malformed;
    }

    [[nodiscard]] std::uint64_t header_limit() const {
        const std::uint64_t limit = context_.options.header_bytes_max;
        return field_too_large_ ? std::min(field_bytes_max, limit) : limit;
    }

    /// What the parser wants whole (a header, a chunk's first line, trailers) is longer than a header may be.
    [[nodiscard]] bool is_full() const { return buffer_.size() + read_bytes > buffer_.max_size(); }

    Awaitable<bool> fill() {
        if (timed_out_ || is_full()) co_return false;
        const auto [error, count] = co_await stream_.async_read_some(buffer_.prepare(read_bytes), as_result);
        buffer_.commit(count);
        co_return !error && !timed_out_;
    }

    Read after_failed_read(Refusal full) {
        if (timed_out_) return refuse(Refusal::too_slow, 0);
        return is_full() ? refuse(full, context_.options.header_bytes_max) : Read::ended;
    }

    Read refuse(Refusal refusal, std::uint64_t limit) {
        take_request_id({});
        context_.handler.refuse(refusal, limit, request_, response_);
        return Read::refused;
    }

    /// The client's if it is sane, else one of ours; the first stands. A refusal before the header is whole has one
    /// too.
    void take_request_id(std::string_view sent) {
        if (!request_id_.empty()) return;
        request_id_ = is_request_id(sent) ? std::string(sent) : make_request_id();
        request_.id = request_id_;
    }

    /// @return false for a header that HTTP/1.1 forbids and the parser lets through.
    bool take_header(const Parser& parser) {
        const auto& message = parser.get();
        request_.method = method_of(message.method());
        request_.method_text = message.method_string();
        const std::string_view target = message.target();
        const auto mark = target.find('?');
        request_.path = target.substr(0, mark);
        if (mark != target.npos) request_.query = target.substr(mark + 1);
        std::size_t hosts = 0;
        for (const auto& field : message) {
            if (field.name() == http::field::host) ++hosts;
            const auto header = header_of(field.name(), field.name_string());
            if (!header) continue;
            std::string_view& value = request_.headers[static_cast<std::size_t>(*header)];
            if (value.data() != nullptr) request_.repeated_header = true;
            value = field.value();
        }
        take_request_id(request_.header(Header::request_id));
        return hosts == 1 || (message.version() == 10 && hosts == 0);
    }

    /// Answers "Expect: 100-continue" (RFC 9110, section 10.1.1).
    Awaitable<bool> invite(Parser& parser) {
        if (!beast::iequals(parser.get()[http::field::expect], "100-continue") || buffer_.size() != 0) co_return true;
        constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto [error, count] = co_await asio::async_write(stream_, asio::buffer(text), as_result);
        co_return !error;
    }

    Awaitable<bool> answer(Parser& parser) {
        const auto& message = parser.get();
        const bool whole = parser.is_done();
        const bool draining = context_.draining.load(std::memory_order_relaxed);
        const bool keep = whole && message.keep_alive() && !response_.close && !draining;
        const auto persistence = !keep                     ? Persistence::close
                                 : message.version() == 10 ? Persistence::keep_said
                                                           : Persistence::keep;
        write_response(out_, response_, request_id_, persistence,
                       request_.method == Method::head ? BodyPart::left_out : BodyPart::sent);
        enter(Phase::writing, context_.options.write_timeout);
        const auto [error, count] = co_await asio::async_write(stream_, asio::buffer(out_), as_result);
        if (error) co_return false;
        if (!whole) co_await linger();
        co_return keep;
    }

    /// Closing with unread bytes resets the connection and may take the answer along: read a little of them first.
    Awaitable<void> linger() {
        enter(Phase::closing, lingering_timeout);
        Socket& socket = socket_of(stream_);
        ErrorCode ignored;
        socket.shutdown(Socket::shutdown_send, ignored);
        std::array<char, 4096> thrown_away;
        for (std::size_t total = 0; total < lingering_bytes_max;) {
            const auto [error, count] = co_await socket.async_read_some(asio::buffer(thrown_away), as_result);
            if (error) break;
            total += count;
        }
    }

    Awaitable<void> close() {
        if (!socket_of(stream_).is_open()) co_return;
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            enter(Phase::closing, lingering_timeout);
            co_await stream_.async_shutdown(as_result);
        }
        ErrorCode ignored;
        socket_of(stream_).shutdown(Socket::shutdown_both, ignored);
    }

    ConnectionContext& context_;
    IoThread& io_;
    Stream& stream_;
    const Caller& caller_;
    Phase phase_ = Phase::handshake;
    bool new_ = true;  ///< Nothing has come yet: its first request may be on the way.
    bool timed_out_ = false;
    bool field_too_large_ = false;
    std::size_t taken_ = 0;      ///< Of this request, by the parser.
    beast::flat_buffer buffer_;  ///< Grows with what arrives: up to a header of the largest size, and one read more.
    Request request_;
    Response response_;
    std::string request_id_;
    std::string out_;
};

}  // namespace

Awaitable<void> serve_plain(ConnectionContext& context, IoThread& io, Socket socket, Caller caller,
                            ConnectionSlot slot) {
    const ConnectionSlot held = std::move(slot);
    Connection<Socket> connection(context, io, socket, caller);
    co_await connection.run();
}

Awaitable<void> serve_tls(ConnectionContext& context, IoThread& io, Socket socket, Caller caller, ConnectionSlot slot,
                          std::shared_ptr<asio::ssl::context> tls) {
    const ConnectionSlot held = std::move(slot);
    TlsStream stream(std::move(socket), *tls);
    Connection<TlsStream> connection(context, io, stream, caller);
    co_await connection.run();
}

}  // namespace api
