#include "tools/bench/twin.hpp"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "api/request_handler.hpp"
#include "api/server/server.hpp"
#include "api/server/tls_identity.hpp"

namespace bench {
namespace {

class TwinHandler final : public api::RequestHandler {
 public:
    explicit TwinHandler(std::string body) : body_(std::move(body)) {}

    std::optional<std::uint64_t> admit(api::Request&, api::Response&) override { return body_bytes_max; }
    api::Awaitable<void> handle(api::Request&, api::Response& response) override {
        response.status = 201;
        response.body = body_;
        response.add_header("Location", "/v1/activations/aaaaaaaaaaaaaaaaaaaaaaaaaa");
        co_return;
    }
    void refuse(api::Refusal, std::uint64_t, const api::Request&, api::Response& response) override {
        response.status = 400;
        response.close = true;
    }

 private:
    static constexpr std::uint64_t body_bytes_max = 64 * 1024;
    const std::string body_;
};

}  // namespace

ledger::Result<void> run_twin(const std::filesystem::path& answer, const std::filesystem::path& folder,
                              unsigned threads) {
    std::ifstream file(answer, std::ios::binary);
    TwinHandler handler({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
    api::ServerOptions options;
    options.threads = threads;
    options.connections_per_address_max = options.connections_max;
    api::Server server(options, handler);
    ACTLEDGER_TRY(const auto identity, api::load_or_make_tls_identity(folder, {"127.0.0.1"}));
    ACTLEDGER_CHECK(server.use_tls(identity));
    ACTLEDGER_TRY(const auto plain, server.listen("127.0.0.1:0", api::Caller::Transport::plain));
    ACTLEDGER_TRY(const auto tls, server.listen("127.0.0.1:0", api::Caller::Transport::tls));
    server.start();
    std::printf("%u %u\n", unsigned{plain}, unsigned{tls});
    std::fflush(stdout);
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    server.drain(std::chrono::seconds(2));
    return {};
}

}  // namespace bench
