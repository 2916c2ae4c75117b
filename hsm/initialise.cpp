#include "hsm/initialise.hpp"

#include "hsm/durable_file.hpp"
#include "hsm/errc.hpp"
#include "hsm/session_opening.hpp"
#include "hsm/token_files.hpp"

namespace hsm {
namespace {

using ledger::Bytes;
using ledger::Error;
using ledger::Result;

/// SoftHSM never syncs its files: a key that is lost at the next power cut must not be certified.
Result<void> make_durable(const std::optional<std::filesystem::path>& files) {
    if (!files) return {};
    if (const auto failure = sync_tree(*files)) {
        return Error{errc::token_failed,
                     files->string() + ": " + failure.message(),
                     {{"function", "fsync"}, {"return_value", failure.message()}}};
    }
    return {};
}

/// Initialises an empty slot. @return the token as it is then listed
Result<TokenInfo> make_token(Connection& connection, std::span<const TokenInfo> tokens, const Uri& wanted,
                             const PinSource& so_pin) {
    for (const TokenInfo& empty : tokens) {
        if (empty.initialised || (wanted.slot_id && *wanted.slot_id != empty.slot)) continue;
        Uri by_label;  // modules give a token that was just initialised another slot and serial number
        by_label.token = wanted.token.value_or(std::string(default_token_label));
        ACTLEDGER_TRY(const Pin officer, so_pin.read());
        ACTLEDGER_CHECK(connection.initialise_token(empty.slot, *by_label.token, officer));
        ACTLEDGER_TRY(const auto after, connection.tokens());
        return choose_token(after, by_label);
    }
    return Error{errc::no_free_slot};
}

/// The token that the URI names; or an empty slot, made into it. Finishes one whose user PIN was never set.
Result<TokenInfo> find_or_make_token(Connection& connection, const Options& options, const PinSource& so_pin,
                                     bool& made) {
    ACTLEDGER_TRY(const auto tokens, connection.tokens());
    Uri wanted = options.uri;
    if (!wanted.token && !wanted.serial && !wanted.slot_id) wanted.token = default_token_label;
    auto token = choose_token(tokens, wanted);
    if (!token && token.error().code == errc::token_not_found) {
        ACTLEDGER_CHECK(options.pin.read());  // before anything is changed
        token = make_token(connection, tokens, wanted, so_pin);
        made = token.has_value();
    }
    if (!token || token->has_user_pin || !token->login_required) return token;
    ACTLEDGER_TRY(const Pin officer, so_pin.read());
    ACTLEDGER_TRY(const Pin user, options.pin.read());
    ACTLEDGER_CHECK(connection.initialise_pin(token->slot, officer, user));
    return token;
}

}  // namespace

Result<Initialised> initialise(const Options& options, const PinSource& so_pin,
                               const MakeFirstAnchor& make_first_anchor) {
    ACTLEDGER_TRY(const auto connection, Connection::start(options));
    ACTLEDGER_CHECK(connection->load());
    bool made_token = false;
    ACTLEDGER_TRY(const TokenInfo token, find_or_make_token(*connection, options, so_pin, made_token));
    const auto files = token_files(options, token);
    RejectedPins rejected(options.state_folder);
    ACTLEDGER_CHECK(connection->open_session(token.slot));
    ACTLEDGER_CHECK(log_in(*connection, token, options.pin, rejected, KnownWrongPin::refuse));

    const std::string label = options.key_label();
    const std::string marker = label + ".initialising";
    ACTLEDGER_TRY(auto markers, connection->read_objects(marker));
    auto key = connection->find_key(label);
    const bool make_key = !key && key.error().code == errc::key_not_found;
    if (!key && !make_key) return key.error();
    if (make_key) {
        if (markers.empty()) ACTLEDGER_CHECK(connection->create_object(marker, ledger::as_bytes("1")));
        ACTLEDGER_CHECK(make_durable(files));
        ACTLEDGER_CHECK(connection->generate_key(label));
        key = connection->find_key(label);
        if (!key) return key.error();
    }
    ACTLEDGER_CHECK(prove(*connection, options.suite, *key));

    ACTLEDGER_TRY(auto anchors, connection->read_objects(label));
    const bool make_anchor = anchors.empty();
    if (make_anchor) {
        if (!make_key && markers.empty()) return Error{errc::anchor_lost, {}, {{"token", token.label}, {"key", label}}};
        ConnectionSigner signer(*connection, options.suite, *key);
        ACTLEDGER_TRY(Bytes anchor, make_first_anchor(signer));
        ACTLEDGER_CHECK(connection->create_object(label, anchor));
        anchors.push_back(std::move(anchor));
    }
    ACTLEDGER_CHECK(make_durable(files));
    ACTLEDGER_CHECK(connection->remove_objects(marker, {}));
    return Initialised{std::move(*key), made_token,   make_key, make_anchor, std::move(anchors),
                       token.label,     token.serial, label,    files};
}

}  // namespace hsm
