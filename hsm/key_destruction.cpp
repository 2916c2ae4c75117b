#include "hsm/key_destruction.hpp"

#include "hsm/durable_file.hpp"
#include "hsm/errc.hpp"
#include "hsm/session_opening.hpp"
#include "hsm/token_files.hpp"

namespace hsm {

using ledger::Error;
using ledger::Result;

Result<void> destroy_key(const Options& options, const ledger::PublicKey& key) {
    const std::string label = options.key_label();
    ACTLEDGER_TRY(const auto connection, Connection::start(options));
    ACTLEDGER_CHECK(connection->load());
    ACTLEDGER_TRY(const auto tokens, connection->tokens());
    ACTLEDGER_TRY(const TokenInfo token, choose_token(tokens, options.uri));
    ACTLEDGER_CHECK(connection->open_session(token.slot));
    RejectedPins rejected(options.state_folder);
    ACTLEDGER_CHECK(log_in(*connection, token, options.pin, rejected, KnownWrongPin::try_again));
    const auto found = connection->find_key(label);
    if (found && !(*found == key)) return Error{errc::wrong_key, {}, {{"key", label}, {"token", token.label}}};
    // A private key that is gone may have left its public key.
    if (!found && found.error().code != errc::key_not_found) return found.error();
    ACTLEDGER_CHECK(connection->destroy_key(label));
    ACTLEDGER_CHECK(connection->remove_objects(label, {}));
    const auto files = token_files(options, token);
    if (!files) return {};
    // SoftHSM never syncs: a power cut could bring a destroyed key back.
    if (const auto failure = sync_tree(*files)) {
        return Error{errc::token_failed,
                     files->string() + ": " + failure.message(),
                     {{"function", "fsync"}, {"return_value", failure.message()}}};
    }
    return {};
}

}  // namespace hsm
