#include "hsm/session_opening.hpp"

#include <algorithm>

#include "hsm/errc.hpp"
#include "hsm/kept_token.hpp"
#include "hsm/token_files.hpp"

namespace hsm {
namespace {

using ledger::Bytes;
using ledger::ByteView;
using ledger::Error;
using ledger::Result;

constexpr std::string_view probe_prefix = "actledger-probe/1\n";

}  // namespace

Error with_token(Error error, const TokenInfo& token) {
    error.facts.push_back({"token", token.label});
    return error;
}

Result<TokenInfo> choose_token(std::span<const TokenInfo> tokens, const Uri& uri) {
    const auto wanted = [&](const TokenInfo& token) { return token.initialised && token.matches(uri); };
    const auto count = std::ranges::count_if(tokens, wanted);
    if (count == 1) return *std::ranges::find_if(tokens, wanted);
    Uri shown = uri;  // the token alone: no file names
    shown.object.reset();
    shown.module_path.clear();
    shown.pin_source.clear();
    return Error{count == 0 ? errc::token_not_found : errc::token_ambiguous,
                 {},
                 {{"uri", shown.text()}, {"count", std::to_string(count)}}};
}

Result<void> log_in(Connection& connection, const TokenInfo& token, const Options& options, RejectedPins& rejected,
                    KnownWrongPin policy) {
    const PinSource& source = options.pin;
    if (!token.login_required) return {};
    if (token.pin_locked) return Error{errc::pin_locked, "CKF_USER_PIN_LOCKED"};
    ACTLEDGER_TRY(const Pin pin, source.read());
    if (policy == KnownWrongPin::refuse && !source.attended()) {
        ACTLEDGER_TRY(const bool known_wrong, rejected.contains(token, pin));
        if (known_wrong) return Error{errc::pin_known_wrong};
    }
    // A copy that cannot be kept stops nobody; `hsm check` tells.
    if (const auto files = token_files(options, token)) (void)keep_token_file(*files, token.serial);
    auto logged_in = connection.login(pin);
    if (logged_in) return rejected.forget(token);
    if (logged_in.error().code == errc::pin_wrong || logged_in.error().code == errc::pin_locked) {
        Error refused = logged_in.error();
        if (const auto remembered = rejected.add(token, pin); !remembered) {
            refused.detail += "; it could not be remembered: " + remembered.error().describe();
        }
        return refused;
    }
    return logged_in;
}

Result<OpenedSession> open_session(Connection& connection, const Options& options, RejectedPins& rejected,
                                   KnownWrongPin policy) {
    ACTLEDGER_CHECK(connection.load());
    ACTLEDGER_TRY(const auto tokens, connection.tokens());
    ACTLEDGER_TRY(TokenInfo token, choose_token(tokens, options.uri));
    ACTLEDGER_CHECK(connection.open_session(token.slot));
    ACTLEDGER_CHECK(log_in(connection, token, options, rejected, policy));

    auto key = find_key(connection, options);
    if (!key) return with_token(key.error(), token);
    ACTLEDGER_CHECK(prove(connection, options.suite, key->public_key));
    return OpenedSession{std::move(token), std::move(key->public_key)};
}

Result<LoggedIn> log_in_to(const Options& options, KnownWrongPin policy) {
    ACTLEDGER_TRY(auto connection, Connection::start(options));
    ACTLEDGER_CHECK(connection->load());
    ACTLEDGER_TRY(const auto tokens, connection->tokens());
    ACTLEDGER_TRY(TokenInfo token, choose_token(tokens, options.uri));
    ACTLEDGER_CHECK(connection->open_session(token.slot));
    RejectedPins rejected(options.state_folder);
    ACTLEDGER_CHECK(log_in(*connection, token, options, rejected, policy));
    return LoggedIn{std::move(connection), std::move(token)};
}

Result<FoundKey> find_key(Connection& connection, const Options& options) {
    std::optional<Error> refused;
    for (const std::string& label : options.key_labels()) {
        auto key = connection.find_key(label);
        if (key && (!options.public_key || *options.public_key == *key)) return FoundKey{*std::move(key), label};
        if (key) {
            refused = Error{errc::wrong_key, {}, {{"key", label}}};
        } else if (key.error().code != errc::key_not_found) {
            return key.error();
        }
    }
    if (refused) return *std::move(refused);
    return Error{errc::key_not_found, {}, {{"key", options.key_labels().front()}}};
}

Result<Bytes> sign_verified(Connection& connection, ledger::SuiteId suite, const ledger::PublicKey& key,
                            ByteView message) {
    const ledger::Suite* algorithms = ledger::find_suite(suite);
    ACTLEDGER_ASSERT(algorithms != nullptr);
    ACTLEDGER_TRY(Bytes signature, connection.sign(algorithms->hash(message)));
    if (const auto verified = key.verify(message, signature); !verified) {
        return Error{errc::bad_signature, verified.error().detail};
    }
    return signature;
}

Result<void> prove(Connection& connection, ledger::SuiteId suite, const ledger::PublicKey& key) {
    Bytes probe = ledger::copy(ledger::as_bytes(probe_prefix));
    probe.resize(probe.size() + 16);
    ledger::fill_random(std::span(probe).last(16));
    ACTLEDGER_CHECK(sign_verified(connection, suite, key, probe));
    return {};
}

}  // namespace hsm
