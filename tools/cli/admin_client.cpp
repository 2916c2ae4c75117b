#include "tools/cli/admin_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <cstdio>

#include "tools/cli/errc.hpp"
#include "tools/terminal/terminal.hpp"

namespace cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Stream = beast::basic_stream<asio::local::stream_protocol>;

class ServerClient final : public AdminClient {
 public:
    ServerClient(std::filesystem::path socket, ledger::Language language)
        : socket_(std::move(socket)), language_(language), stream_(context_) {}

    [[nodiscard]] bool connect() {
        boost::system::error_code failed;
        stream_.socket().connect(asio::local::stream_protocol::endpoint(socket_.string()), failed);
        return !failed;
    }

    ledger::Result<AdminAnswer> send(const AdminRequest& request) override {
        http::request<http::string_body> message{http::string_to_verb(request.method), request.target, 11};
        message.set(http::field::host, "localhost");
        message.set(http::field::accept_language, language_ == ledger::Language::chinese ? "zh" : "en");
        if (!request.body.empty()) message.set(http::field::content_type, request.content_type);
        message.body() = request.body;
        message.prepare_payload();

        http::response_parser<http::string_body> parser;
        parser.body_limit(answer_bytes_max);
        beast::flat_buffer buffer;
        boost::system::error_code failed;
        stream_.expires_after(request.within);
        http::async_write(stream_, message, [&](boost::system::error_code write_failed, std::size_t) {
            failed = write_failed;
            if (failed) return;
            http::async_read(stream_, buffer, parser,
                             [&](boost::system::error_code read_failed, std::size_t) { failed = read_failed; });
        });
        context_.restart();
        context_.run();
        if (failed) return unreachable(failed.message());

        AdminAnswer answer{parser.get().result_int(), nullptr};
        if (!parser.get().body().empty()) {
            boost::system::error_code malformed;
            answer.body = boost::json::parse(parser.get().body(), malformed);
            if (malformed) return ledger::Error{errc::bad_answer, malformed.message(), {{"socket", socket_.string()}}};
        }
        return answer;
    }

 private:
    [[nodiscard]] ledger::Error unreachable(std::string reason) const {
        return {errc::server_unreachable, {}, {{"socket", socket_.string()}, {"reason", std::move(reason)}}};
    }

    std::filesystem::path socket_;
    ledger::Language language_;
    asio::io_context context_;
    Stream stream_;
};

std::string text_member(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::unique_ptr<AdminClient> connect_to_server(const std::filesystem::path& socket, ledger::Language language) {
    auto client = std::make_unique<ServerClient>(socket, language);
    if (!client->connect()) return nullptr;
    return client;
}

std::string path_segment(std::string_view text) {
    constexpr std::string_view as_they_are = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (as_they_are.find(c) != as_they_are.npos) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += {'%', digits[byte >> 4U], digits[byte & 0xfU]};
    }
    return encoded;
}

int report_problem(const AdminAnswer& answer) {
    const auto* problem = answer.body.if_object();
    const std::string code = problem == nullptr ? "" : text_member(*problem, "code");
    if (code.empty()) {
        std::fprintf(stderr, "actledger: the server answered %u without saying why\n", answer.status);
        return static_cast<int>(terminal::Exit::failure);
    }
    std::fprintf(stderr, "actledger: %s (%s)\n  %s\n", text_member(*problem, "detail").c_str(), code.c_str(),
                 text_member(*problem, "remedy").c_str());
    return static_cast<int>(terminal::exit_of(code));
}

}  // namespace cli
