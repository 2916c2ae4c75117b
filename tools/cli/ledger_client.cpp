#include "tools/cli/ledger_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>

#include "api/router.hpp"
#include "api/routes.hpp"
#include "ledger/core/errc.hpp"
#include "tools/cli/errc.hpp"
#include "tools/cli/pin_prompt.hpp"
#include "tools/node/node_services.hpp"
#include "tools/terminal/terminal.hpp"

namespace cli {
namespace {

using ledger::Result;

api::Method method_of(std::string_view name) {
    if (name == "GET") return api::Method::get;
    if (name == "POST") return api::Method::post;
    if (name == "PUT") return api::Method::put;
    if (name == "DELETE") return api::Method::delete_;
    return api::Method::other;
}

/// The server's router over a node of this process. One request at a time.
class LedgerClient final : public AdminClient {
 public:
    LedgerClient(std::unique_ptr<node::Node> node, const config::Config& config, ledger::Language language)
        : node_(std::move(node)),
          services_(*node_, config.ledger.folder),
          language_(language),
          router_(api::RatePolicy{}) {
        api::add_routes(router_, {.system = {.ledger = &services_.ledger(),
                                             .refused = {},
                                             .router = router_,
                                             .server = [] { return nullptr; },
                                             .clock = node_->clock(),
                                             .started_at = {node_->clock().wall_us()}},
                                  .challenges = services_.challenges(),
                                  .tls_in_use = [] { return std::nullopt; }});
        io_.start();
    }
    ~LedgerClient() override {
        node_->stop();  // answers through the io thread
        io_.stop();
    }
    LedgerClient(const LedgerClient&) = delete;
    LedgerClient& operator=(const LedgerClient&) = delete;

    Result<AdminAnswer> send(const AdminRequest& request) override {
        const api::Caller caller{api::Caller::Transport::local, {}};
        const std::string id = api::make_request_id();
        const auto question = request.target.find('?');
        api::Request asked;
        asked.method = method_of(request.method);
        asked.path = std::string_view(request.target).substr(0, question);
        if (question != std::string::npos) asked.query = std::string_view(request.target).substr(question + 1);
        if (!request.body.empty())
            asked.headers[static_cast<std::size_t>(api::Header::content_type)] = request.content_type;
        asked.headers[static_cast<std::size_t>(api::Header::accept_language)] =
            language_ == ledger::Language::chinese ? "zh" : "en";
        asked.body = request.body;
        asked.id = id;
        asked.caller = &caller;
        asked.io = &io_;

        const api::Response response =
            boost::asio::co_spawn(io_.executor(), router_.answer(asked), boost::asio::use_future).get();
        AdminAnswer answer{response.status, nullptr};
        if (!response.body.empty()) {
            boost::system::error_code malformed;
            answer.body = boost::json::parse(response.body, malformed);
            if (malformed) return ledger::Error{errc::bad_answer, malformed.message(), {{"socket", "(ledger)"}}};
        }
        return answer;
    }

 private:
    std::unique_ptr<node::Node> node_;
    node::NodeServices services_;
    ledger::Language language_;
    api::Router router_;
    api::IoThread io_;
};

}  // namespace

Result<std::unique_ptr<AdminClient>> open_ledger_client(const config::Config& config, ledger::Language language) {
    node::NodeOptions options;
    ACTLEDGER_TRY(options.pin_otherwise, pin_from_person(config, language));
    terminal::Progress progress("ledger", 0);
    options.progress = [&](std::uint64_t done, std::uint64_t) { progress.advance_to(done); };
    options.wait_for_token = std::chrono::seconds(30);
    auto node = node::Node::open(config, std::move(options));
    if (!node) {
        if (node.error().code != ledger::errc::log_locked) return node.error();
        return ledger::Error{
            errc::server_running, "and its local socket does not answer", {{"folder", config.ledger.folder.string()}}};
    }
    return std::make_unique<LedgerClient>(*std::move(node), config, language);
}

}  // namespace cli
