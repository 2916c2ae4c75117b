#include "tools/client/server_session.hpp"

#include <algorithm>

#include "tools/client/auth_challenge.hpp"
#include "tools/client/errc.hpp"
#include "tools/client/small_file.hpp"

namespace client {
namespace {

constexpr unsigned ok = 200;
constexpr unsigned created = 201;
constexpr unsigned unauthorized = 401;
constexpr unsigned not_found = 404;
constexpr unsigned too_many_requests = 429;
constexpr unsigned first_server_error = 500;

Setback setback(ledger::Error error) { return {std::move(error), std::nullopt}; }

}  // namespace

ServerSession::ServerSession(const SessionContext& context, ServerAddress address)
    : context_(context),
      address_(std::move(address)),
      http_(context.limits, context.settings.ca_file, context.language, context.stop),
      server_id_(context.settings.server_id.empty() ? context.state.pins().server_id : context.settings.server_id) {}

Attempt<void> ServerSession::open() {
    if (auto connected = http_.connect(address_); !connected) return setback(connected.error());
    const auto step = judge_peer(address_, http_.peer(), context_.settings);
    if (!step) return setback(step.error());
    if (*step == TrustStep::ask_for_proof) return prove_certificate();
    return {};
}

Attempt<void> ServerSession::prove_certificate() {
    const auto answer = http_.exchange({"GET", "/v1/tls-proof", "", ""});
    if (!answer) return setback(answer.error());
    if (answer->status == not_found) return setback({errc::tls_proof_missing, "", {{"server", address_.text()}}});
    auto accepted = accept_status(*answer);
    if (!accepted) return accepted.error();

    auto pins = context_.state.pins();
    const auto known = pins.tls.find(address_.text());
    const auto proven = check_tls_proof(accepted->body, http_.peer()->der, context_.root, server_id_,
                                        known == pins.tls.end() ? TlsPin{} : known->second, address_.text());
    if (!proven) return setback(proven.error());
    server_id_ = proven->server_id;
    if (known == pins.tls.end() || known->second != proven->pin) {
        pins.tls[address_.text()] = proven->pin;
        if (auto stored = context_.state.store_pins(pins); !stored) return setback(stored.error());
    }
    // The proof came over the connection that shows this certificate: keep using this one, never a second.
    return {};
}

Attempt<HttpAnswer> ServerSession::send(const HttpRequest& request) {
    if (!http_.connected()) {
        if (auto opened = open(); !opened) return opened.error();
    }
    // open() may have used up a connection that the server closes after each answer.
    if (!http_.connected())
        return setback({errc::server_unreachable, "", {{"server", address()}, {"reason", "closed"}}});
    auto answer = http_.exchange(request);
    if (!answer) return setback(answer.error());
    return *std::move(answer);
}

Attempt<HttpAnswer> ServerSession::accept_status(HttpAnswer answer) const {
    if (answer.status == ok || answer.status == created) return answer;
    const auto problem = parse_problem(answer.body);
    if (!problem) {
        return Setback{{errc::answer_malformed,
                        "",
                        {{"server", address()}, {"problem", "HTTP status " + std::to_string(answer.status)}}},
                       answer.retry_after};
    }
    const bool later = answer.status == too_many_requests || answer.status >= first_server_error;
    return Setback{{later ? errc::server_busy : errc::server_refused,
                    "",
                    {{"server", address()},
                     {"sentence", problem->sentence},
                     {"remedy", problem->remedy},
                     {"code", problem->code}}},
                   answer.retry_after};
}

Attempt<HttpAnswer> ServerSession::answer_challenge(const HttpRequest& request, const DeviceKey& key,
                                                    const ledger::Origin& origin) {
    auto asked = send(request);
    if (!asked || asked->status != unauthorized) return asked;
    const auto challenge = parse_device_challenge(asked->www_authenticate);
    if (!challenge) return setback({errc::challenge_missing, "", {{"server", address()}}});
    const auto text = device_proof_text({request.method, request.path, origin.text(), *challenge, request.body});
    auto repeated = request;
    repeated.authorization = device_authorization(*challenge, ledger::base64_encode(key.sign(text)));
    return send(repeated);
}

Attempt<HttpAnswer> ServerSession::send_signed(HttpRequest request, const DeviceKey& key,
                                               const ledger::Origin& origin) {
    request.authorization.clear();
    auto answer = answer_challenge(request, key, origin);
    if (!answer || answer->status != unauthorized) return answer;
    // The server may have opened a new incarnation since: its origin is in what it signs. A wrong one proves nothing
    // to anybody else, since it must be of the server id that this machine belongs to.
    const auto present = present_origin();
    if (!present || present->server_id != origin.server_id || *present == origin) return answer;
    return answer_challenge(request, key, *present);
}

Attempt<ledger::Origin> ServerSession::present_origin() {
    auto answer = send({"GET", "/v1/checkpoint", "", ""});
    if (!answer) return answer.error();
    auto accepted = accept_status(*std::move(answer));
    if (!accepted) return accepted.error();
    const auto checkpoint = ledger::SignedCheckpoint::parse(accepted->body);
    if (!checkpoint) return setback(checkpoint.error());
    return checkpoint->checkpoint.origin;
}

ledger::Result<std::string> read_enrolment_key(const std::filesystem::path& file) {
    constexpr std::size_t key_bytes_max = 256;
    if (file.empty()) return std::string();
    const auto content = read_small_file(file);
    if (!content) return unreadable(file);
    auto key = read_small_text(file).value_or("");
    const bool printable = std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.empty() || key.size() > key_bytes_max || !printable) {
        return ledger::Error{errc::enrolment_key_malformed, "", {{"file", file.string()}}};
    }
    return key;
}

}  // namespace client
