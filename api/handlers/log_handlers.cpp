#include "api/handlers/log_handlers.hpp"

#include "api/commands/access_key_commands.hpp"
#include "api/credentials.hpp"
#include "api/errc.hpp"
#include "api/problem.hpp"
#include "api/sequenced.hpp"
#include "ledger/core/export_manifest.hpp"
#include "ledger/core/utf8.hpp"
#include "ledger/store_read/log_tiles.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;
using ledger::TileId;

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view octets = "application/octet-stream";
constexpr std::string_view pem_chain = "application/pem-certificate-chain";
/// A file that never changes again. Caches that several people share keep nothing that was asked for with credentials.
constexpr std::string_view for_ever = "max-age=31536000, immutable";
constexpr std::string_view ask_again = "no-cache";

/// What a question on the sequencing thread leaves behind when only its success matters.
struct Admitted {};

/// A key is looked up among all that was decided, without waiting for what is not durable yet: reading goes on while
/// the card is away.
Awaitable<Result<void>> admit(LedgerServices& services, Request& request) {
    const auto credentials = parse_authorization(request.header(Header::authorization));
    if (!credentials) co_return credentials.error();
    if (std::holds_alternative<DeviceSignature>(*credentials)) {
        co_return Error{commands::errc::log_key_wrong_kind};
    }
    const auto* const bearer = std::get_if<BearerKey>(&*credentials);
    if (bearer == nullptr) {
        if (request.caller->transport == Caller::Transport::local) co_return Result<void>();
        co_return Error{errc::credentials_missing};
    }
    auto work = [digest = commands::access_key_digest(services.suite, bearer->key)](
                    const commands::Context& context, ledger::Decision&) -> Result<Admitted> {
        ACTLEDGER_CHECK(commands::admit_log_reader(digest, context));
        return Admitted{};
    };
    const auto admitted = co_await sequenced<Admitted>(services, *request.io, std::move(work));
    if (!admitted) co_return admitted.error();
    co_return Result<void>();
}

Response file_response(std::string body, std::string_view type, std::string_view caching) {
    Response response;
    response.body = std::move(body);
    response.content_type = type;
    response.add_header("Cache-Control", std::string(caching));
    return response;
}

Error no_such_file(const Request& request) {
    return {errc::log_file_unknown, {}, {{"path", ledger::as_one_line(request.path.substr(0, 128))}}};
}

Result<Response> checkpoint_file(LedgerServices& services, const Request&) {
    ACTLEDGER_TRY(ledger::ReleasedHead head, services.log.last_head());
    return file_response(std::move(head.note), plain_text, ask_again);
}

Result<Response> manifest_file(LedgerServices& services, const Request&) {
    ACTLEDGER_TRY(const ledger::Digest genesis, services.log.node({0, 0}));
    const ledger::ExportManifest manifest{services.suite.id(), services.origin.server_id, genesis,
                                          ledger::ExportManifest::Annex::left_out};
    return file_response(manifest.text(), plain_text, for_ever);
}

Result<Response> tile_file(LedgerServices& services, const Request& request, std::string_view folder) {
    const auto id = TileId::parse(std::string(folder) + request.parameter);
    if (!id) return no_such_file(request);
    ACTLEDGER_TRY(const ledger::ReleasedHead head, services.log.last_head());
    if (!ledger::has_log_tile(*id, head.size)) return no_such_file(request);
    ACTLEDGER_TRY(const ledger::Bytes bytes, ledger::read_log_tile(services.log, *id));
    const bool full = id->width == ledger::tile_width;
    return file_response(std::string(bytes.begin(), bytes.end()), octets, full ? for_ever : ask_again);
}
Result<Response> hashes_or_entries(LedgerServices& services, const Request& request) {
    return tile_file(services, request, "tile/");
}
Result<Response> heads_file(LedgerServices& services, const Request& request) {
    return tile_file(services, request, "heads/");
}

/// The newest chain that the newest head covers.
Awaitable<Result<Response>> chain_file(LedgerServices& services, Request& request) {
    const auto admitted = co_await admit(services, request);
    if (!admitted) co_return admitted.error();
    const auto head = services.log.last_head();
    if (!head) co_return head.error();
    auto work = [size = head->size](const commands::Context& context,
                                    ledger::Decision&) -> Result<projections::CertificateChain> {
        return context.state.identity().chain_for({size.value});
    };
    const auto chain = co_await sequenced<projections::CertificateChain>(services, *request.io, std::move(work));
    if (!chain) co_return chain.error();
    if (!chain->value) co_return no_such_file(request);
    std::string text;
    for (const ledger::Bytes& der : *chain->value) {
        const auto certificate = ledger::Certificate::from_der(der);
        if (!certificate) co_return certificate.error();
        text += certificate->pem();
    }
    co_return file_response(std::move(text), pem_chain, ask_again);
}

using FileHandler = Result<Response> (*)(LedgerServices&, const Request&);

Awaitable<Result<Response>> read_file(LedgerServices& services, Request& request, FileHandler handler) {
    const auto admitted = co_await admit(services, request);
    if (!admitted) co_return admitted.error();
    co_return handler(services, request);
}

/// RFC 6750, section 3: what is asked for, and whether the key that was shown is the trouble.
Response refusal(const Error& error, const Request& request) {
    Response response = problem(error, request);
    if (response.status == 401) {
        const bool shown = error.code == commands::errc::log_key_invalid;
        response.add_header("WWW-Authenticate",
                            shown ? "Bearer realm=\"log\", error=\"invalid_token\"" : "Bearer realm=\"log\"");
    }
    return response;
}

}  // namespace

void add_log_routes(Router& router, LedgerServices& services) {
    const auto add = [&](std::string_view pattern, std::string_view type, auto handler) {
        router.add({.pattern = pattern,
                    .endpoint = [handler](Request& request) -> Awaitable<Result<Response>> {
                        auto answer = co_await handler(request);
                        co_return answer ? *std::move(answer) : refusal(answer.error(), request);
                    },
                    .produces = type});
    };
    const auto add_file = [&](std::string_view pattern, std::string_view type, FileHandler file) {
        add(pattern, type, [&services, file](Request& request) { return read_file(services, request, file); });
    };
    add_file("/log/checkpoint", plain_text, checkpoint_file);
    add_file("/log/manifest", plain_text, manifest_file);
    add("/log/chain.pem", pem_chain, [&services](Request& request) { return chain_file(services, request); });
    add_file("/log/tile/{tile*}", octets, hashes_or_entries);
    add_file("/log/heads/{heads*}", octets, heads_file);
}

}  // namespace api
