#include "tools/client/https_client.hpp"

#include <openssl/x509v3.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <charconv>

#include "tools/client/errc.hpp"
#include "tools/client/small_file.hpp"

namespace client {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

namespace {

using Parser = http::response_parser<http::string_body>;

std::optional<std::chrono::seconds> retry_after(std::string_view text) {
    std::int64_t seconds = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failed != std::errc{} || end != text.data() + text.size() || seconds < 0) return std::nullopt;
    return std::chrono::seconds(seconds);
}

HttpAnswer answer_of(http::response<http::string_body>&& response) {
    HttpAnswer answer;
    answer.status = response.result_int();
    answer.content_type = response[http::field::content_type];
    const auto [first, last] = response.equal_range(http::field::www_authenticate);
    for (auto field = first; field != last; ++field) {
        answer.www_authenticate.append(answer.www_authenticate.empty() ? "" : ", ").append(field->value());
    }
    answer.retry_after = retry_after(response[http::field::retry_after]);
    answer.body = std::move(response.body());
    return answer;
}

}  // namespace

class HttpsClient::Connection {
 public:
    Connection(HttpLimits limits, std::filesystem::path ca_file, ledger::Language language,
               const std::atomic<bool>& stop)
        : limits_(limits), ca_file_(std::move(ca_file)), language_(language), stop_(stop) {}

    ledger::Result<void> connect(const ServerAddress& address);
    ledger::Result<HttpAnswer> exchange(const HttpRequest& request);
    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] const std::optional<PeerCertificate>& peer() const { return peer_; }

 private:
    /// Why a phase ended.
    enum class Outcome { done, late, stopped };

    template <class Start>
    Outcome run(std::chrono::seconds limit, Start start);
    ledger::Error failed(Outcome outcome, const char* phase, std::chrono::seconds limit,
                         const ledger::Error& otherwise);
    ledger::Result<void> handshake();
    void look_at_peer();
    ledger::Error error(errc code, std::string reason) const;
    template <class Stream>
    ledger::Result<HttpAnswer> exchange_on(Stream& stream, const HttpRequest& request);
    [[nodiscard]] http::request<http::string_body> message_of(const HttpRequest& request) const;
    void close();

    const HttpLimits limits_;
    const std::filesystem::path ca_file_;
    const ledger::Language language_;
    const std::atomic<bool>& stop_;

    ServerAddress address_;
    std::unique_ptr<asio::io_context> io_;  // first: the stream is destroyed before it
    std::unique_ptr<asio::ssl::context> tls_;
    std::unique_ptr<beast::ssl_stream<beast::tcp_stream>> stream_;  ///< For plain HTTP only its next layer is used.
    beast::flat_buffer buffer_;
    std::optional<PeerCertificate> peer_;
    bool connected_ = false;
};

ledger::Error HttpsClient::Connection::error(errc code, std::string reason) const {
    return {code, "", {{"server", address_.text()}, {"reason", std::move(reason)}}};
}

/// Starts one asynchronous operation and runs the loop until it has called back, the limit is over, or a stop.
template <class Start>
HttpsClient::Connection::Outcome HttpsClient::Connection::run(std::chrono::seconds limit, Start start) {
    constexpr std::chrono::milliseconds look{100};
    const auto until = std::chrono::steady_clock::now() + limit;
    bool done = false;
    start(done);
    io_->restart();
    while (!done) {
        if (stop_.load(std::memory_order_relaxed)) return Outcome::stopped;
        if (std::chrono::steady_clock::now() >= until) return Outcome::late;
        io_->run_one_for(look);
    }
    return Outcome::done;
}

ledger::Error HttpsClient::Connection::failed(Outcome outcome, const char* phase, std::chrono::seconds limit,
                                              const ledger::Error& otherwise) {
    ledger::Error result = otherwise;
    if (outcome == Outcome::stopped) result = ledger::Error{errc::interrupted};
    if (outcome == Outcome::late) {
        result =
            ledger::Error{errc::server_silent,
                          "",
                          {{"server", address_.text()}, {"phase", phase}, {"seconds", std::to_string(limit.count())}}};
    }
    close();
    return result;
}

void HttpsClient::Connection::close() {
    connected_ = false;
    stream_.reset();
    // The handlers of operations that were cut off refer to locals of the caller: they are destroyed here, uncalled.
    io_.reset();
}

ledger::Result<void> HttpsClient::Connection::connect(const ServerAddress& address) {
    close();
    peer_.reset();
    buffer_.clear();
    address_ = address;
    io_ = std::make_unique<asio::io_context>(1);
    tls_ = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    stream_ = std::make_unique<beast::ssl_stream<beast::tcp_stream>>(*io_, *tls_);

    beast::error_code code;
    tcp::resolver::results_type endpoints;
    std::optional<tcp::resolver> resolver(*io_);
    auto outcome = run(limits_.resolve, [&](bool& done) {
        resolver->async_resolve(address.host, std::to_string(address.port),
                                [&](beast::error_code failure, tcp::resolver::results_type found) {
                                    code = failure;
                                    endpoints = std::move(found);
                                    done = true;
                                });
    });
    resolver.reset();
    if (outcome != Outcome::done || code) {
        return failed(outcome, "resolve", limits_.resolve, error(errc::server_unreachable, code.message()));
    }
    auto& socket = beast::get_lowest_layer(*stream_);
    outcome = run(limits_.connect, [&](bool& done) {
        socket.async_connect(endpoints, [&](beast::error_code failure, const tcp::endpoint&) {
            code = failure;
            done = true;
        });
    });
    if (outcome != Outcome::done || code) {
        return failed(outcome, "connect", limits_.connect, error(errc::server_unreachable, code.message()));
    }
    socket.socket().set_option(tcp::no_delay(true), code);
    if (address.scheme == ServerAddress::Scheme::https) ACTLEDGER_CHECK(handshake());
    connected_ = true;
    return {};
}

ledger::Result<void> HttpsClient::Connection::handshake() {
    SSL* ssl = stream_->native_handle();
    SSL_CTX* context = tls_->native_handle();
    SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
    if (ca_file_.empty()) {
        SSL_CTX_set_default_verify_paths(context);
    } else if (SSL_CTX_load_verify_locations(context, ca_file_.c_str(), nullptr) != 1) {
        errno = read_small_file(ca_file_) ? EINVAL : errno;
        const auto problem = unreadable(ca_file_);
        close();
        return problem;
    }
    // OpenSSL judges chain and name, and the outcome is read afterwards: a certificate that no CA knows may still be
    // proven by the ledger, and the proof comes over this very connection.
    X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
    const bool named = address_.is_ip() ? X509_VERIFY_PARAM_set1_ip_asc(expected, address_.host.c_str()) == 1
                                        : X509_VERIFY_PARAM_set1_host(expected, address_.host.c_str(), 0) == 1;
    if (!named) return failed(Outcome::done, "", {}, error(errc::tls_failed, "host name"));
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    if (!address_.is_ip()) SSL_set_tlsext_host_name(ssl, address_.host.c_str());

    beast::error_code code;
    const auto outcome = run(limits_.handshake, [&](bool& done) {
        stream_->async_handshake(asio::ssl::stream_base::client, [&](beast::error_code failure) {
            code = failure;
            done = true;
        });
    });
    if (outcome != Outcome::done || code) {
        return failed(outcome, "TLS", limits_.handshake, error(errc::tls_failed, code.message()));
    }
    look_at_peer();
    if (!peer_) return failed(Outcome::done, "", {}, error(errc::tls_failed, "no certificate"));
    return {};
}

void HttpsClient::Connection::look_at_peer() {
    const SSL* ssl = stream_->native_handle();
    const X509* certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) return;
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    if (size <= 0) return;
    const long verdict = SSL_get_verify_result(ssl);
    peer_ =
        PeerCertificate{ledger::Bytes(der, der + size), verdict == X509_V_OK, X509_verify_cert_error_string(verdict)};
    OPENSSL_free(der);
}

http::request<http::string_body> HttpsClient::Connection::message_of(const HttpRequest& request) const {
    http::request<http::string_body> message(http::string_to_verb(request.method), request.path, 11);
    message.set(http::field::host, address_.authority());
    message.set(http::field::user_agent, "actledger-client/" ACTLEDGER_VERSION);
    message.set(http::field::accept, "application/json, application/problem+json, text/plain");
    message.set(http::field::accept_language, language_ == ledger::Language::chinese ? "zh-CN" : "en");
    if (!request.authorization.empty()) message.set(http::field::authorization, request.authorization);
    if (!request.body.empty()) message.set(http::field::content_type, "application/json");
    message.body() = request.body;
    message.prepare_payload();
    return message;
}

template <class Stream>
ledger::Result<HttpAnswer> HttpsClient::Connection::exchange_on(Stream& stream, const HttpRequest& request) {
    const auto message = message_of(request);
    Parser parser;
    parser.body_limit(limits_.body_bytes_max);
    parser.header_limit(limits_.header_bytes_max);
    beast::error_code code;
    const auto outcome = run(limits_.answer, [&](bool& done) {
        http::async_write(stream, message, [&](beast::error_code failure, std::size_t) {
            code = failure;
            done = static_cast<bool>(failure);
            if (failure) return;
            http::async_read(stream, buffer_, parser, [&](beast::error_code reading_failure, std::size_t) {
                code = reading_failure;
                done = true;
            });
        });
    });
    if (outcome != Outcome::done) return failed(outcome, "HTTP", limits_.answer, error(errc::server_silent, ""));
    if (code == http::error::body_limit || code == http::error::header_limit) {
        const auto limit = std::to_string(limits_.body_bytes_max);
        return failed(outcome, "", {}, {errc::answer_too_large, "", {{"server", address_.text()}, {"limit", limit}}});
    }
    if (code && code.category() == make_error_code(http::error::bad_version).category() &&
        code != http::error::end_of_stream && code != http::error::partial_message) {
        return failed(outcome, "", {},
                      {errc::answer_malformed, "", {{"server", address_.text()}, {"problem", code.message()}}});
    }
    if (code) return failed(outcome, "", {}, error(errc::server_unreachable, code.message()));
    if (!parser.get().keep_alive()) close();
    auto answer = answer_of(parser.release());
    if (answer.status >= 300 && answer.status < 400) {
        close();
        return ledger::Error{
            errc::redirect_refused, "", {{"server", address_.text()}, {"status", std::to_string(answer.status)}}};
    }
    return answer;
}

ledger::Result<HttpAnswer> HttpsClient::Connection::exchange(const HttpRequest& request) {
    ACTLEDGER_ASSERT(connected_);
    if (address_.scheme == ServerAddress::Scheme::https) return exchange_on(*stream_, request);
    return exchange_on(beast::get_lowest_layer(*stream_), request);
}

HttpsClient::HttpsClient(HttpLimits limits, std::filesystem::path ca_file, ledger::Language language,
                         const std::atomic<bool>& stop)
    : connection_(std::make_unique<Connection>(limits, std::move(ca_file), language, stop)) {}
HttpsClient::~HttpsClient() = default;
ledger::Result<void> HttpsClient::connect(const ServerAddress& address) { return connection_->connect(address); }
const std::optional<PeerCertificate>& HttpsClient::peer() const { return connection_->peer(); }
ledger::Result<HttpAnswer> HttpsClient::exchange(const HttpRequest& request) { return connection_->exchange(request); }
bool HttpsClient::connected() const { return connection_->connected(); }

}  // namespace client
