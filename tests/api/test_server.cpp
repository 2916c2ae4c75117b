// The server over loopback with a real router and real sockets: limits, pipelining, TLS, drain.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "api/errc.hpp"
#include "api/router.hpp"
#include "api/server/server.hpp"
#include "api/server/tls_identity.hpp"
#include "tests/support/result_text.hpp"

namespace {

using api::Awaitable;
using api::Request;
using api::Response;

/// A router with one route that answers the body it was sent.
struct Echo {
    explicit Echo(const api::RatePolicy& by_address = {}, const api::RatePolicy& by_key = {})
        : router(by_address, by_key) {
        router.add({.method = api::Method::post,
                    .pattern = "/echo",
                    .endpoint = [](Request& request) -> Awaitable<ledger::Result<Response>> {
                        Response response;
                        response.body = std::string(request.body);
                        co_return response;
                    },
                    .body = api::BodyKind::json,
                    .body_bytes_max = 100});
        router.add({.pattern = "/fails", .endpoint = [](Request&) -> Awaitable<ledger::Result<Response>> {
                        throw std::runtime_error("secret");
                        co_return Response{};
                    }});
        router.add({.pattern = "/admin",
                    .endpoint = [](Request&) -> Awaitable<ledger::Result<Response>> { co_return Response{}; },
                    .audience = api::Audience::administrator});
        router.add({.pattern = "/big", .endpoint = [](Request&) -> Awaitable<ledger::Result<Response>> {
                        Response response;
                        response.body.assign(big_bytes, 'x');
                        co_return response;
                    }});
    }
    /// More than the sockets of both sides hold.
    static constexpr std::size_t big_bytes = 64U * 1024 * 1024;
    api::Router router;
};

struct Plain : Echo {
    explicit Plain(const api::ServerOptions& options = {}, const api::RatePolicy& by_address = {},
                   const api::RatePolicy& by_key = {})
        : Echo(by_address, by_key), server(options, router) {
        port = server.listen("127.0.0.1:0", api::Caller::Transport::plain).value();
        server.start();
    }
    api::Server server;
    std::uint16_t port = 0;
};

/// A blocking client that waits at most three seconds.
class Client {
 public:
    /// @param from  its own address, as a host of its own would have it: 127.0.0.1 or another of the loopback's.
    explicit Client(std::uint16_t port, const char* from = "127.0.0.1") : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{3, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        REQUIRE(::inet_pton(AF_INET, from, &name.sin_addr) == 1);
        REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
        name.sin_port = htons(port);
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
    }
    ~Client() { ::close(socket_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view text) const { (void)!::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }
    /// Until `end` stands in it, or the server closes, or patience ends.
    [[nodiscard]] std::string read_until(std::string_view end) const {
        std::string all;
        std::array<char, 4096> some;
        while (end.empty() || all.find(end) == all.npos) {
            const auto count = ::recv(socket_, some.data(), some.size(), 0);
            if (count <= 0) break;
            all.append(some.data(), static_cast<std::size_t>(count));
        }
        return all;
    }
    [[nodiscard]] std::string read_all() const { return read_until(""); }

 private:
    int socket_;
};

std::string post(std::string_view body, std::string_view more = "") {
    return "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + std::string(more) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string get(std::string_view path, std::string_view more = "") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + std::string(more) + "\r\n";
}

}  // namespace

TEST_CASE("server: pipelined requests are answered in order on one connection") {
    const Plain plain;
    const Client client(plain.port);
    client.send(post("\"one\"") + post("\"two\"") + post("\"three\"", "Connection: close\r\n"));
    const std::string answers = client.read_all();
    const auto one = answers.find("\"one\"");
    const auto two = answers.find("\"two\"");
    const auto three = answers.find("\"three\"");
    REQUIRE(three != answers.npos);
    CHECK((one < two && two < three));
}

TEST_CASE("server: a body in chunks is read however its chunks arrive") {
    const Plain plain;
    const std::string head =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    const std::string body = "4\r\n\"one\r\n5;name=value\r\n two\"\r\n0\r\nTrailer: x\r\n\r\n";
    const auto answers_two = [](const std::string& answers) {
        const auto first = answers.find("\"one two\"");
        return first != answers.npos && answers.find("\"next\"", first) != answers.npos;
    };
    const std::string next = post("\"next\"", "Connection: close\r\n");
    SECTION("in one piece, with the next request behind them") {
        const Client client(plain.port);
        client.send(head + "\r\n" + body + next);
        CHECK(answers_two(client.read_all()));
    }
    SECTION("cut at any place") {
        const std::string whole = head + "\r\n" + body;
        for (std::size_t cut = head.size(); cut < whole.size(); ++cut) {
            CAPTURE(cut);
            const Client client(plain.port);
            client.send(whole.substr(0, cut));
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            client.send(whole.substr(cut) + next);
            REQUIRE(answers_two(client.read_all()));
        }
    }
    SECTION("beyond the route's limit: refused") {
        const Client client(plain.port);
        client.send(head + "\r\n40\r\n" + std::string(64, '1') + "\r\n40\r\n" + std::string(64, '1') + "\r\n0\r\n\r\n");
        CHECK(client.read_all().find("413") != std::string::npos);
    }
}

TEST_CASE("server: the client's request id comes back if it is sane, else another one") {
    const Plain plain;
    const Client client(plain.port);
    client.send(post("1", "X-Request-Id: my-id.1\r\n") + post("2", "X-Request-Id: a b\r\nConnection: close\r\n"));
    const std::string answers = client.read_all();
    CHECK(answers.find("X-Request-Id: my-id.1\r\n") != answers.npos);
    CHECK(answers.find("a b") == answers.npos);
}

TEST_CASE("server: what is malformed, too large or unknown is refused with its own code") {
    const Plain plain;
    const auto answer = [&](const std::string& request) {
        const Client client(plain.port);
        client.send(request);
        return client.read_all();
    };
    const auto has = [](const std::string& text, std::string_view part) { return text.find(part) != text.npos; };
    CHECK(has(answer("nonsense\r\n\r\n"), "HTTP/1.1 400 "));
    CHECK(has(answer("GET /echo HTTP/1.1\r\n\r\n"), "\"code\":\"http-request-malformed\""));
    CHECK(has(answer(get("/healthz", "Big: " + std::string(20'000, 'x') + "\r\n")), "HTTP/1.1 431 "));
    CHECK(has(answer(post(std::string(101, '1'))), "HTTP/1.1 413 "));
    CHECK(has(answer(get("/nothing")), "\"code\":\"resource-unknown\""));
    const std::string wrong_method = answer(get("/echo"));
    CHECK(has(wrong_method, "HTTP/1.1 405 "));
    CHECK(has(wrong_method, "Allow: POST\r\n"));
    CHECK(has(answer("PATCH /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              "\"detail\":\"PATCH is not possible"));
    CHECK(has(answer("OPTIONS /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "\"method\":\"OPTIONS\""));
    CHECK(has(answer(std::string(3'000, 'Z') + " /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              "\"method\":\"" + std::string(32, 'Z') + "\""));
    CHECK(has(answer(get("/fails?a%20b=1&c=2")), "\"member\":\"a b\""));
    CHECK(has(answer(get("/admin")), "\"code\":\"local-only\""));
    CHECK(has(answer(get("/fails", "Accept: text/html\r\n")), "HTTP/1.1 406 "));
    CHECK(has(answer(get("/fails", "Authorization: a\r\nAuthorization: b\r\n")), "HTTP/1.1 400 "));
    CHECK(has(answer(get("/nothing", "Accept-Language: zh-CN\r\n")), "Content-Language: zh-CN\r\n"));
}

TEST_CASE("server: a header up to the limit is read, and one beyond it is answered, whatever the limit") {
    const std::size_t limit = GENERATE(std::size_t{1'024}, std::size_t{16 * 1'024}, std::size_t{1'024 * 1'024});
    CAPTURE(limit);
    api::ServerOptions options;
    options.header_bytes_max = limit;
    const Plain plain(options);
    /// Fields of at most 1,000 bytes, or one field: a header of exactly `bytes`.
    const auto header_of = [&](std::size_t bytes, std::size_t field_bytes) {
        std::string header = "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
        while (header.size() + 2 < bytes) {
            const std::size_t left = bytes - 2 - header.size();
            const std::size_t length = left < field_bytes + 20 ? left : field_bytes;
            header += "X: " + std::string(length - 5, 'v') + "\r\n";
        }
        return header + "\r\n";
    };
    const auto status = [&](const std::string& request) {
        const Client client(plain.port);
        client.send(request);
        return client.read_all().substr(0, 13);
    };
    for (const std::size_t field_bytes : {std::size_t{200}, std::min(limit, std::size_t{60'000})}) {
        CAPTURE(field_bytes);
        CHECK(status(header_of(limit, field_bytes)) == "HTTP/1.1 404 ");
        CHECK(status(header_of(limit + 1, field_bytes)) == "HTTP/1.1 431 ");
        CHECK(status(header_of(2 * limit, field_bytes)) == "HTTP/1.1 431 ");
        CHECK(status(header_of(limit + 100'000, field_bytes)) == "HTTP/1.1 431 ");
    }
    {
        // The same however it arrives: here with each field whole, and never the end.
        const Client client(plain.port);
        client.send("GET /nothing HTTP/1.1\r\nHost: x\r\n");
        for (std::size_t sent = 0; sent < limit; sent += 8'000) {
            client.send("X: " + std::string(7'995, 'v') + "\r\n");
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        CHECK(client.read_all().substr(0, 13) == "HTTP/1.1 431 ");
    }
    // A field has a limit of its own.
    CHECK(status(header_of(100'000, 100'000)) == "HTTP/1.1 431 ");
    CHECK(status("GET /nothing HTTP/1.1\r\nHost: x\r\n" + std::string(100'000, 'n') + ": v\r\n\r\n") ==
          "HTTP/1.1 431 ");
    // The same bound holds for what a body in chunks has of lines.
    const std::string chunked =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(status(chunked + "1;" + std::string(limit + 100'000, 'x')) == "HTTP/1.1 400 ");
}

TEST_CASE("server: an exception in a handler is a 500 that says nothing of it") {
    const Plain plain;
    const Client client(plain.port);
    client.send(get("/fails"));
    const std::string answer = client.read_all();
    CHECK(answer.find("HTTP/1.1 500 ") == 0);
    CHECK(answer.find("\"code\":\"internal-error\"") != answer.npos);
    CHECK(answer.find("secret") == answer.npos);
}

TEST_CASE("server: a header that comes too slowly is answered with 408 and the connection ends") {
    api::ServerOptions options;
    options.header_timeout = std::chrono::milliseconds(300);
    const Plain plain(options);
    const Client client(plain.port);
    client.send("GET /echo HTTP/1.1\r\nHo");
    CHECK(client.read_all().find("HTTP/1.1 408 ") == 0);
    CHECK(plain.server.counters().timeouts == 1);
}

TEST_CASE("server: a body that comes too slowly is answered with 408 and the connection ends") {
    api::ServerOptions options;
    options.body_timeout = std::chrono::milliseconds(300);
    const Plain plain(options);
    const Client client(plain.port);
    const std::string request = post("\"never whole\"");
    client.send(request.substr(0, request.size() - 1));
    CHECK(client.read_all().find("HTTP/1.1 408 ") == 0);
    CHECK(plain.server.counters().timeouts == 1);
}

TEST_CASE("server: a connection that asks nothing more is closed after a while, and that is no fault") {
    api::ServerOptions options;
    options.idle_timeout = std::chrono::milliseconds(1'000);
    const Plain plain(options);
    const Client fresh(plain.port);
    const Client used(plain.port);
    used.send(post("1"));
    CHECK(used.read_until("\r\n\r\n1").find("200 OK") != std::string::npos);
    CHECK(used.read_all().empty());
    CHECK(fresh.read_all().empty());
    CHECK(plain.server.counters().timeouts == 0);
}

TEST_CASE("server: a peer that takes no answer loses its connection and holds up no other") {
    api::ServerOptions options;
    options.threads = 1;
    options.write_timeout = std::chrono::milliseconds(300);
    const Plain plain(options);
    const Client deaf(plain.port);
    deaf.send(get("/big"));
    const Client other(plain.port);
    other.send(post("1"));
    CHECK_FALSE(other.read_until("\r\n\r\n1").empty());
    for (int i = 0; i < 300 && plain.server.counters().timeouts == 0; ++i) ::usleep(10'000);
    CHECK(plain.server.counters().timeouts == 1);
    CHECK(deaf.read_all().size() < Echo::big_bytes);
}

TEST_CASE("server: connections beyond the limit in all are closed, whoever they are of") {
    api::ServerOptions options;
    options.connections_max = 1;
    const Plain plain(options);
    const Client first(plain.port);
    first.send(post("1"));
    CHECK_FALSE(first.read_until("\r\n\r\n1").empty());
    const Client second(plain.port, "127.0.0.2");
    second.send(post("2"));
    CHECK(second.read_all().empty());
    CHECK(plain.server.counters().refused_connections == 1);
}

TEST_CASE("server: an address over its limit is refused whatever it asks, and another one is served") {
    const Plain plain({}, {.name = "address", .quota = 2});
    const auto ask = [&](const std::string& request, const char* from = "127.0.0.1") {
        const Client client(plain.port, from);
        client.send(request);
        return client.read_all();
    };
    const auto has = [](const std::string& text, std::string_view part) { return text.find(part) != text.npos; };
    const std::string unknown = ask(get("/nothing"));
    CHECK(has(unknown, "HTTP/1.1 404 "));
    CHECK(has(unknown, "RateLimit: \"address\";r=1;"));
    CHECK(has(ask(get("/echo")), "HTTP/1.1 405 "));
    CHECK(has(ask(get("/nothing")), "HTTP/1.1 429 "));
    CHECK(has(ask(post("1", "Connection: close\r\n")), "HTTP/1.1 429 "));
    CHECK(has(ask(post("1", "Connection: close\r\n"), "127.0.0.2"), "HTTP/1.1 200 "));
}

TEST_CASE("server: what an address may not ask uses up no enrolment key's quota") {
    const Plain plain({}, {.name = "address", .quota = 1}, {.name = "enrolment-key", .quota = 2});
    const auto ask = [&](const char* from) {
        const Client client(plain.port, from);
        client.send(post("1", "Connection: close\r\nAuthorization: Bearer ek1.abc\r\n"));
        return client.read_all();
    };
    const auto has = [](const std::string& text, std::string_view part) { return text.find(part) != text.npos; };
    CHECK(has(ask("127.0.0.1"), "RateLimit: \"address\";r=0;t=60, \"enrolment-key\";r=1;t=60"));
    for (int i = 0; i < 3; ++i) {
        const std::string refused = ask("127.0.0.1");
        CHECK(has(refused, "HTTP/1.1 429 "));
        CHECK_FALSE(has(refused, "enrolment-key"));
    }
    CHECK(has(ask("127.0.0.2"), "HTTP/1.1 200 "));
    CHECK(has(ask("127.0.0.3"), "HTTP/1.1 429 "));  // now it is the key's
}

TEST_CASE("server: connections beyond an address's limit are closed, and their places are given back") {
    api::ServerOptions options;
    options.connections_per_address_max = 1;
    const Plain plain(options);
    {
        const Client first(plain.port);
        first.send(post("1"));
        CHECK(first.read_until("\r\n\r\n1").find("200 OK") != std::string::npos);
        const Client second(plain.port);
        second.send(post("2"));
        CHECK(second.read_all().empty());
    }
    for (int i = 0; i < 100 && plain.server.open_connections() != 0; ++i) ::usleep(10'000);
    const Client third(plain.port);
    third.send(post("3"));
    CHECK_FALSE(third.read_until("\r\n\r\n3").empty());
}

TEST_CASE("server: drain ends idle connections and accepts no more") {
    Plain plain;
    const Client idle(plain.port);
    idle.send(post("1"));
    CHECK_FALSE(idle.read_until("\r\n\r\n1").empty());
    CHECK(plain.server.drain(std::chrono::milliseconds(2'000)));
    CHECK(idle.read_all().empty());
}

TEST_CASE("server: drain still answers the first request of a connection that was made before it") {
    Plain plain;
    const Client used(plain.port);
    used.send(post("1"));
    CHECK_FALSE(used.read_until("\r\n\r\n1").empty());
    const Client fresh(plain.port);
    for (int i = 0; i < 100 && plain.server.open_connections() != 2; ++i) ::usleep(10'000);
    auto drained = std::async(std::launch::async, [&] { return plain.server.drain(std::chrono::milliseconds(5'000)); });
    CHECK(used.read_all().empty());  // idle connections have ended, so the drain has begun
    fresh.send(post("2"));
    const std::string answer = fresh.read_all();
    CHECK(answer.find("200 OK") != std::string::npos);
    CHECK(answer.find("Connection: close") != std::string::npos);
    CHECK(drained.get());
}

TEST_CASE("server: drain does not wait for a connection on which nothing comes") {
    Plain plain;
    const Client silent(plain.port);
    for (int i = 0; i < 100 && plain.server.open_connections() != 1; ++i) ::usleep(10'000);
    CHECK(plain.server.drain(std::chrono::milliseconds(10'000)));
    CHECK(silent.read_all().empty());
}

TEST_CASE("server: a TLS handshake that does not go on ends the connection") {
    std::string folder = (std::filesystem::temp_directory_path() / "actledger-tls-XXXXXX").string();
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const auto identity = api::load_or_make_tls_identity(folder, {"localhost"});
    REQUIRE(identity);
    Echo echo;
    api::ServerOptions options;
    options.handshake_timeout = std::chrono::milliseconds(300);
    api::Server server(options, echo.router);
    REQUIRE(server.use_tls(*identity));
    const auto port = server.listen("127.0.0.1:0", api::Caller::Transport::tls);
    REQUIRE(port);
    server.start();
    const Client silent(*port);
    CHECK(silent.read_all().empty());
    CHECK(server.counters().timeouts == 1);
    std::filesystem::remove_all(folder);
}

TEST_CASE("server: TLS 1.2 and 1.3 with a certificate that the server made itself, and made once") {
    std::string folder = (std::filesystem::temp_directory_path() / "actledger-tls-XXXXXX").string();
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const auto identity = api::load_or_make_tls_identity(folder, {"localhost", "127.0.0.1"});
    REQUIRE(identity);
    CHECK((std::filesystem::status(folder + "/tls.key").permissions() & std::filesystem::perms(0777)) ==
          std::filesystem::perms(0600));
    CHECK(api::load_or_make_tls_identity(folder, {})->fingerprint == identity->fingerprint);

    Echo echo;
    api::Server server({}, echo.router);
    REQUIRE(server.use_tls(*identity));
    const auto port = server.listen("127.0.0.1:0", api::Caller::Transport::tls);
    REQUIRE(port);
    server.start();
    namespace ssl = boost::asio::ssl;
    for (const int version : {TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        boost::asio::io_context io;
        ssl::context trust(ssl::context::tls_client);
        trust.add_certificate_authority(boost::asio::buffer(identity->certificate_pem));
        trust.set_verify_mode(ssl::verify_peer);
        SSL_CTX_set_min_proto_version(trust.native_handle(), version);
        SSL_CTX_set_max_proto_version(trust.native_handle(), version);
        ssl::stream<boost::asio::ip::tcp::socket> stream(io, trust);
        stream.next_layer().connect({boost::asio::ip::address_v4::loopback(), *port});
        boost::system::error_code error;
        stream.handshake(ssl::stream_base::client, error);
        REQUIRE((version == TLS1_1_VERSION) == static_cast<bool>(error));
        if (error) continue;
        boost::asio::write(stream, boost::asio::buffer(post("42")));
        std::string answer(512, '\0');
        answer.resize(stream.read_some(boost::asio::buffer(answer)));
        CHECK(answer.ends_with("\r\n\r\n42"));
    }
    std::filesystem::remove_all(folder);
}
