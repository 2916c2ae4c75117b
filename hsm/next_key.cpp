#include "hsm/next_key.hpp"

#include "hsm/durable_file.hpp"
#include "hsm/errc.hpp"
#include "hsm/session_opening.hpp"
#include "hsm/token_files.hpp"

namespace hsm {
namespace {

using ledger::Error;
using ledger::Result;

/// One of several keys in one session: it is looked for each time, because the session signs with the one found last.
class LabelledSigner final : public ledger::Signer {
 public:
    LabelledSigner(Connection& connection, const Options& options, FoundKey key)
        : connection_(connection), suite_(options.suite), key_(std::move(key)) {}
    [[nodiscard]] const ledger::PublicKey& public_key() const override { return key_.public_key; }
    [[nodiscard]] Result<ledger::Bytes> sign(ledger::ByteView message) override {
        ACTLEDGER_CHECK(connection_.find_key(key_.label));
        return sign_verified(connection_, suite_, key_.public_key, message);
    }

 private:
    Connection& connection_;
    const ledger::SuiteId suite_;
    const FoundKey key_;
};

/// What an interrupted run left of a pair is done away with: without its private key it never signed anything.
Result<void> generate(Connection& connection, const Options& options, const TokenInfo& token,
                      const std::string& label) {
    ACTLEDGER_CHECK(connection.destroy_key(label));
    ACTLEDGER_CHECK(connection.generate_key(label));
    const auto files = token_files(options, token);
    if (!files) return {};
    if (const auto failure = sync_tree(*files)) {
        return Error{errc::token_failed,
                     files->string() + ": " + failure.message(),
                     {{"function", "fsync"}, {"return_value", failure.message()}}};
    }
    return {};
}

}  // namespace

Result<NextKey> prepare_next_key(const Options& options, const SignWithBoth& sign) {
    ACTLEDGER_ASSERT(options.public_key.has_value());
    ACTLEDGER_TRY(const auto connection, Connection::start(options));
    RejectedPins rejected(options.state_folder);
    ACTLEDGER_TRY(const OpenedSession session, open_session(*connection, options, rejected, KnownWrongPin::refuse));
    ACTLEDGER_TRY(FoundKey present, find_key(*connection, options));

    const std::string label = options.label_of_epoch(options.epoch + 1);
    auto key = connection->find_key(label);
    const bool make = !key && key.error().code == errc::key_not_found;
    if (make) {
        ACTLEDGER_CHECK(generate(*connection, options, session.token, label));
        key = connection->find_key(label);
    }
    if (!key) return key.error();
    ACTLEDGER_CHECK(prove(*connection, options.suite, *key));
    LabelledSigner old_one(*connection, options, std::move(present));
    LabelledSigner new_one(*connection, options, {*key, label});
    ACTLEDGER_CHECK(sign(old_one, new_one));
    return NextKey{*std::move(key), make, session.token.label};
}

}  // namespace hsm
