#include "api/handlers/seat_handlers.hpp"

#include "api/commands/access_key_commands.hpp"
#include "api/commands/recovery_commands.hpp"
#include "api/errc.hpp"
#include "api/handlers/seat_answer.hpp"
#include "api/handlers/seat_input.hpp"
#include "api/handlers/shown_file.hpp"
#include "api/problem.hpp"
#include "api/refused_adoptions.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;

/// What is in the request before the ledger is asked.
struct PreparedActivation {
    commands::ActivateSeat command;
    std::optional<KnownCheckpoint> known;
    std::optional<commands::VerifiedProof> proof;  ///< Of a seat that a loss took.
};

Result<std::optional<KnownCheckpoint>> check_witness(LedgerServices& services,
                                                     const std::optional<ShownCheckpoint>& checkpoint) {
    if (!checkpoint) return std::optional<KnownCheckpoint>{};
    ACTLEDGER_TRY(const KnownCheckpoint known, services.witness.check(checkpoint->note, checkpoint->certificates));
    return std::optional(known);
}

/// The request is signed by this key, with a challenge that is ours, fresh and now used up.
Result<void> check_signature(const LedgerServices& services, ChallengeBook& challenges, const Request& request,
                             const DeviceSignature& credentials, const ledger::Bytes& public_key) {
    const auto now = ChallengeBook::Clock::now();
    ACTLEDGER_CHECK(challenges.check(credentials.challenge, now));
    const auto key = ledger::PublicKey::from_spki(services.suite.id(), public_key);
    if (!key) return Error{errc::internal_error, key.error().describe()};
    const std::string text = device_proof_text(services.suite, request, services.origin.text(), credentials.challenge);
    if (!key->verify(ledger::as_bytes(text), credentials.signature)) return Error{errc::device_signature_bad};
    return challenges.use(credentials.challenge, now);
}

Result<PreparedActivation> prepare_activation(LedgerServices& services, ChallengeBook& challenges,
                                              const Request& request) {
    ACTLEDGER_TRY(const Credentials credentials, parse_authorization(request.header(Header::authorization)));
    ACTLEDGER_TRY(ActivateSeatInput input, parse_activate_seat(request.body));
    if (std::holds_alternative<DeviceSignature>(credentials) && !input.adopt) {
        return Error{errc::credentials_malformed, {}, {{"problem", "an activation shows an enrolment key"}}};
    }
    PreparedActivation prepared;
    ACTLEDGER_TRY(prepared.known, check_witness(services, input.checkpoint));
    commands::ActivateSeatRequest asked;
    asked.product = std::move(input.product);
    asked.components = std::move(input.components);
    asked.device_public_key = std::move(input.public_key);
    asked.device_name = std::move(input.device_name);
    if (const auto* bearer = std::get_if<BearerKey>(&credentials)) asked.enrolment_key = std::string(bearer->key);
    if (!request.caller->address.empty()) asked.device_address = request.caller->address;
    ACTLEDGER_TRY(prepared.command, commands::prepare(std::move(asked), services.preparation));
    if (!input.adopt) return prepared;
    const auto* const signature = std::get_if<DeviceSignature>(&credentials);
    if (signature == nullptr) return Error{errc::credentials_missing};
    ACTLEDGER_CHECK(check_signature(services, challenges, request, *signature, prepared.command.device_public_key));
    ACTLEDGER_TRY(prepared.proof, take_shown_file(services, *input.adopt));
    return prepared;
}

struct PreparedRenewal {
    commands::RenewSeat command;
    Credentials credentials;
    std::optional<KnownCheckpoint> known;
};

Result<PreparedRenewal> prepare_renewal(LedgerServices& services, const Request& request) {
    PreparedRenewal prepared;
    ACTLEDGER_TRY(prepared.command.id, activation_id(request));
    ACTLEDGER_TRY(prepared.credentials, parse_authorization(request.header(Header::authorization)));
    ACTLEDGER_TRY(RenewSeatInput input, parse_renew_seat(request.body));
    ACTLEDGER_TRY(prepared.known, check_witness(services, input.checkpoint));
    if (input.components) {
        ACTLEDGER_TRY(prepared.command.components,
                      ledger::hash_components(services.suite, services.device_salt, *input.components));
    }
    if (!request.caller->address.empty()) {
        prepared.command.annex.push_back(
            commands::annex_value(ledger::AnnexField::device_address, request.caller->address));
    }
    if (const auto* bearer = std::get_if<BearerKey>(&prepared.credentials)) {
        if (!input.components) return Error{errc::missing_member, {}, {{"member", "components"}}};
        prepared.command.proof = commands::EnrolmentKeyProof{commands::access_key_digest(services.suite, bearer->key)};
    }
    return prepared;
}

/// The request is signed by the seat's device key, with a challenge that is ours and fresh.
/// @return the seat's key, as it must still be when the command is decided
Awaitable<Result<commands::DeviceKeyProof>> prove_device(LedgerServices& services, ChallengeBook& challenges,
                                                         const Request& request, DeviceSignature credentials,
                                                         ledger::ActivationId id) {
    if (const auto ours = challenges.check(credentials.challenge, ChallengeBook::Clock::now()); !ours) {
        co_return ours.error();
    }
    const auto found = co_await decide_seat(services, *request.io, commands::FindSeat{id});
    if (!found) co_return found.error();
    ledger::Bytes key_bytes = found->value.seat.seat.device_public_key;
    if (const auto good = check_signature(services, challenges, request, credentials, key_bytes); !good) {
        co_return good.error();
    }
    co_return commands::DeviceKeyProof{std::move(key_bytes)};
}

/// 401s about the device's signature come with a new challenge.
Result<Response> with_challenge(const ChallengeBook& challenges, const Error& error, const Request& request) {
    const bool asks_again = error.code == errc::credentials_missing || error.code == errc::credentials_malformed ||
                            error.code == errc::challenge_unusable || error.code == errc::device_signature_bad;
    if (!asks_again) return error;
    return challenge_response(challenges, error, request);
}

Result<Response> file_response(const LedgerServices& services, const Request& request,
                               const Sequenced<SeatOutcome>& found) {
    Response response;
    ACTLEDGER_CHECK(append_event_file(response.body, services, found.value.seat.current, found.receipt.group.get(),
                                      found.value.chain));
    response.content_type = "text/plain; charset=utf-8";
    const ledger::Digest digest = services.suite.hash(ledger::as_bytes(response.body));
    std::string tag = "\"" + ledger::hex_encode(digest.view().first(16)) + "\"";
    if (request.header(Header::if_none_match).find(tag) != std::string_view::npos) {
        response.status = 304;
        response.body.clear();
    }
    response.add_header("ETag", std::move(tag));
    response.add_header("Cache-Control", "no-cache");
    return response;
}

Result<Response> activation_response(const LedgerServices& services, const Sequenced<SeatOutcome>& decided,
                                     const std::optional<KnownCheckpoint>& known) {
    using Change = commands::SeatDecision::Change;
    ACTLEDGER_TRY(Response response, seat_response(services, decided, FilePart::inlined, known));
    const commands::SeatDecision& seat = decided.value.seat;
    const bool is_new = seat.change == Change::created || seat.change == Change::adopted || seat.change == Change::lent;
    if (is_new) response.status = 201;
    response.add_header("Location", "/v1/activations/" + seat.seat.activation_id.text());
    return response;
}

/// What a new seat is refused with while history is contradicted says what to do about that (seat_answer.hpp).
Result<Response> refusal(const Error& error, const Request& request) {
    if (error.code != errc::needs_operator) return error;
    const Error cause{errc::checkpoint_unknown};
    return problem(error, request, &cause);
}

/// A proof that has to wait is on record before the answer says so.
Awaitable<Result<Response>> adopt(LedgerServices& services, Request& request, PreparedActivation prepared) {
    commands::AdoptSeat command{std::move(prepared.command), *std::move(prepared.proof)};
    const auto decided = co_await decide_seat(services, *request.io, std::move(command));
    if (!decided) {
        services.refused_adoptions.add(decided.error());
        co_return refusal(decided.error(), request);
    }
    const commands::SeatDecision& seat = decided->value.seat;
    if (seat.change == commands::SeatDecision::Change::pending) {
        co_return Error{commands::errc::adoption_pending, {}, {{"activation", seat.seat.activation_id.text()}}};
    }
    co_return activation_response(services, *decided, prepared.known);
}

}  // namespace

Awaitable<Result<Response>> ActivateSeatHandler::operator()(Request& request) {
    auto prepared = prepare_activation(services_, challenges_, request);
    if (!prepared) co_return with_challenge(challenges_, prepared.error(), request);
    if (prepared->proof) co_return co_await adopt(services_, request, *std::move(prepared));
    const auto decided = co_await decide_seat(services_, *request.io, std::move(prepared->command));
    if (!decided) co_return refusal(decided.error(), request);
    co_return activation_response(services_, *decided, prepared->known);
}

Awaitable<Result<Response>> FindSeatHandler::operator()(Request& request) {
    const auto id = activation_id(request);
    if (!id) co_return id.error();
    const auto found = co_await decide_seat(services_, *request.io, commands::FindSeat{*id});
    if (!found) co_return found.error();
    co_return seat_response(services_, *found, FilePart::left_out, std::nullopt);
}

Awaitable<Result<Response>> SeatFileHandler::operator()(Request& request) {
    const auto id = activation_id(request);
    if (!id) co_return id.error();
    const auto found = co_await decide_seat(services_, *request.io, commands::FindSeat{*id});
    if (!found) co_return found.error();
    co_return file_response(services_, request, *found);
}

Awaitable<Result<Response>> RenewSeatHandler::operator()(Request& request) {
    auto prepared = prepare_renewal(services_, request);
    if (!prepared) co_return with_challenge(challenges_, prepared.error(), request);
    if (std::holds_alternative<NoCredentials>(prepared->credentials)) {
        co_return with_challenge(challenges_, Error{errc::credentials_missing}, request);
    }
    if (auto* signature = std::get_if<DeviceSignature>(&prepared->credentials)) {
        auto proof =
            co_await prove_device(services_, challenges_, request, std::move(*signature), prepared->command.id);
        if (!proof) co_return with_challenge(challenges_, proof.error(), request);
        prepared->command.proof = *std::move(proof);
    }
    const auto decided = co_await decide_seat(services_, *request.io, std::move(prepared->command));
    if (!decided) co_return decided.error();
    co_return seat_response(services_, *decided, FilePart::inlined, prepared->known);
}

Awaitable<Result<Response>> ReleaseSeatHandler::operator()(Request& request) {
    const auto id = activation_id(request);
    if (!id) co_return id.error();
    auto credentials = parse_authorization(request.header(Header::authorization));
    if (!credentials) co_return with_challenge(challenges_, credentials.error(), request);
    auto* const signature = std::get_if<DeviceSignature>(&*credentials);
    if (signature == nullptr) co_return with_challenge(challenges_, Error{errc::credentials_missing}, request);

    auto proof = co_await prove_device(services_, challenges_, request, std::move(*signature), *id);
    if (!proof) co_return with_challenge(challenges_, proof.error(), request);
    commands::ReleaseSeat command{*id, *std::move(proof)};
    const auto decided = co_await decide_seat(services_, *request.io, std::move(command));
    if (!decided) co_return decided.error();
    co_return seat_response(services_, *decided, FilePart::left_out, std::nullopt);
}

}  // namespace api
