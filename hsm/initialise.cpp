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

using SharedConnection = std::shared_ptr<Connection>;

/// A new child. Each step of setting a token up is followed by one: modules keep what they knew of a token before
/// (tpm2-pkcs11 1.9 refuses the PIN that it has just set until it is loaded again).
Result<SharedConnection> start_over(const Options& options, SharedConnection previous) {
    previous.reset();
    ACTLEDGER_TRY(auto connection, Connection::start(options));
    ACTLEDGER_CHECK(connection->load());
    return connection;
}

/// Initialises an empty slot. @return the URI of the token that it is then
Result<Uri> make_token(Connection& connection, const Uri& wanted, const PinSource& so_pin) {
    ACTLEDGER_TRY(const auto tokens, connection.tokens());
    for (const TokenInfo& empty : tokens) {
        if (empty.initialised || (wanted.slot_id && *wanted.slot_id != empty.slot)) continue;
        Uri by_label;  // modules give a token that was just initialised another slot and serial number
        by_label.token = wanted.token.value_or(std::string(default_token_label));
        ACTLEDGER_TRY(const Pin officer, so_pin.read());
        ACTLEDGER_CHECK(connection.initialise_token(empty.slot, *by_label.token, officer));
        return by_label;
    }
    return Error{errc::no_free_slot};
}

struct Found {
    SharedConnection connection;
    TokenInfo token;
    bool made = false;
};

Result<TokenInfo> find_token(Connection& connection, const Uri& wanted) {
    ACTLEDGER_TRY(const auto tokens, connection.tokens());
    return choose_token(tokens, wanted);
}

/// Sets the user PIN of a token that has none, and opens it again. CKF_USER_PIN_INITIALIZED does not tell: tpm2-pkcs11
/// says it of every token.
Result<void> set_pin(const Options& options, const PinSource& so_pin, Found& found) {
    ACTLEDGER_TRY(const Pin officer, so_pin.read());
    ACTLEDGER_TRY(const Pin user, options.pin.read());
    ACTLEDGER_CHECK(found.connection->initialise_pin(found.token.slot, officer, user));
    Uri same;
    same.token = found.token.label;
    same.serial = found.token.serial;
    ACTLEDGER_TRY(found.connection, start_over(options, std::move(found.connection)));
    ACTLEDGER_TRY(found.token, find_token(*found.connection, same));
    return {};
}

/// The token that the URI names; or an empty slot, made into it, unless a key that is known is looked for.
Result<Found> find_or_make_token(const Options& options, const PinSource& so_pin) {
    Uri wanted = options.uri;
    if (!wanted.token && !wanted.serial && !wanted.slot_id) wanted.token = default_token_label;
    ACTLEDGER_TRY(SharedConnection connection, start_over(options, nullptr));
    auto token = find_token(*connection, wanted);
    bool made = false;
    if (!token && token.error().code == errc::token_not_found && !options.public_key) {
        ACTLEDGER_CHECK(options.pin.read());  // before anything is changed
        ACTLEDGER_TRY(wanted, make_token(*connection, wanted, so_pin));
        made = true;
        ACTLEDGER_TRY(connection, start_over(options, std::move(connection)));
        token = find_token(*connection, wanted);
    }
    if (!token) return token.error();
    Found found{std::move(connection), std::move(*token), made};
    if (made) ACTLEDGER_CHECK(set_pin(options, so_pin, found));
    return found;
}

/// Opens a session and logs in; finishes a token whose PIN was never set.
Result<void> enter(const Options& options, const PinSource& so_pin, Found& found) {
    RejectedPins rejected(options.state_folder);
    ACTLEDGER_CHECK(found.connection->open_session(found.token.slot));
    auto entered = log_in(*found.connection, found.token, options, rejected, KnownWrongPin::refuse);
    if (entered || entered.error().code != errc::pin_not_set) return entered;
    ACTLEDGER_CHECK(set_pin(options, so_pin, found));
    ACTLEDGER_CHECK(found.connection->open_session(found.token.slot));
    return log_in(*found.connection, found.token, options, rejected, KnownWrongPin::refuse);
}

Result<void> judge(Connection& connection, const Options& options, const JudgeNotes& judge_notes) {
    ACTLEDGER_TRY(const auto notes, read_other_anchors(connection, {}));
    return judge_notes(
        notes, [&](const std::string& label, std::uint32_t epoch, const ledger::PublicKey& key) -> Result<bool> {
            Options wanted = options;
            wanted.uri.object = label;
            wanted.epoch = epoch;
            wanted.public_key = key;
            const auto found = find_key(connection, wanted);
            if (found) return true;
            if (found.error().code == errc::key_not_found || found.error().code == errc::wrong_key) return false;
            return found.error();
        });
}

}  // namespace

Result<Initialised> initialise(const Options& options, const PinSource& so_pin,
                               const MakeFirstAnchor& make_first_anchor, const JudgeOrphans& judge_orphans,
                               const JudgeNotes& judge_notes) {
    ACTLEDGER_TRY(Found found, find_or_make_token(options, so_pin));
    ACTLEDGER_CHECK(enter(options, so_pin, found));
    const auto& [connection, token, made_token] = found;
    if (judge_notes) ACTLEDGER_CHECK(judge(*connection, options, judge_notes));
    const auto files = token_files(options, token);

    const std::string label = options.label();
    const std::string marker = label + ".initialising";
    ACTLEDGER_TRY(auto markers, connection->read_objects(marker));
    auto known = find_key(*connection, options);
    // A key that is known and not there is not made anew.
    const bool make_key = !known && known.error().code == errc::key_not_found && !options.public_key;
    if (!known && !make_key) return known.error();
    auto key = known ? Result<ledger::PublicKey>(known->public_key) : Result<ledger::PublicKey>(known.error());
    if (make_key && judge_orphans) {
        ACTLEDGER_TRY(const auto orphans, connection->read_objects(label));
        if (!orphans.empty()) ACTLEDGER_CHECK(judge_orphans(orphans));
    }
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
    return Initialised{std::move(*key),
                       made_token,
                       make_key,
                       make_anchor,
                       std::move(anchors),
                       token.label,
                       token.serial,
                       known ? known->label : label,
                       files};
}

}  // namespace hsm
