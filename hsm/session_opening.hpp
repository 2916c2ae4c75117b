#pragma once
// hsm/session_opening.hpp: from a fresh connection to a session that signs: which token, which PIN, which key, and the
// proof that it works. One way for the server, `hsm init` and `hsm check`.

#include <memory>
#include <span>

#include "hsm/connection.hpp"
#include "hsm/rejected_pins.hpp"

namespace hsm {

/// Whether a PIN that the token refused before may be tried.
enum class KnownWrongPin { refuse, try_again };

/// The one initialised token that the URI names. @return errc::token_not_found, token_ambiguous (facts: uri, count)
[[nodiscard]] ledger::Result<TokenInfo> choose_token(std::span<const TokenInfo> tokens, const Uri& uri);

/// Logs in to an open session of `token`; tries a PIN at most once, and remembers one that was refused.
/// @return errc::pin_wrong, pin_known_wrong, pin_locked, pin_missing, …
[[nodiscard]] ledger::Result<void> log_in(Connection& connection, const TokenInfo& token, const Options& options,
                                          RejectedPins& rejected, KnownWrongPin policy);

/// Gives an error of a key the name of the token that was looked through.
[[nodiscard]] ledger::Error with_token(ledger::Error error, const TokenInfo& token);

struct LoggedIn {
    std::shared_ptr<Connection> connection;
    TokenInfo token;
};
/// A session of the one token that the options mean, logged in: for whoever looks for no key in particular.
[[nodiscard]] ledger::Result<LoggedIn> log_in_to(const Options& options, KnownWrongPin policy);

struct FoundKey {
    ledger::PublicKey public_key;
    std::string label;
};
/// The key that the options mean, in a session that is logged in; sign() uses it from then on.
/// @return errc::key_not_found, key_ambiguous, key_unusable, wrong_key (fact: key)
[[nodiscard]] ledger::Result<FoundKey> find_key(Connection& connection, const Options& options);

struct OpenedSession {
    TokenInfo token;
    ledger::PublicKey public_key;
};

/// Loads the module, finds the token, logs in, finds the key, and has it sign a random probe.
/// @return errc::wrong_key if options.public_key is given and another one is found; bad_signature; and as above
[[nodiscard]] ledger::Result<OpenedSession> open_session(Connection& connection, const Options& options,
                                                         RejectedPins& rejected, KnownWrongPin policy);

/// One signature, verified before it is given. @return errc::bad_signature
[[nodiscard]] ledger::Result<ledger::Bytes> sign_verified(Connection& connection, ledger::SuiteId suite,
                                                          const ledger::PublicKey& key, ledger::ByteView message);
/// Signs "actledger-probe/1" and 16 random bytes: text that means nothing anywhere else.
[[nodiscard]] ledger::Result<void> prove(Connection& connection, ledger::SuiteId suite, const ledger::PublicKey& key);

/// A Signer over one connection, without recovery: for programs that do one thing and end. Both outlive it.
class ConnectionSigner final : public ledger::Signer {
 public:
    ConnectionSigner(Connection& connection, ledger::SuiteId suite, const ledger::PublicKey& key)
        : connection_(connection), suite_(suite), key_(key) {}
    [[nodiscard]] const ledger::PublicKey& public_key() const override { return key_; }
    [[nodiscard]] ledger::Result<ledger::Bytes> sign(ledger::ByteView message) override {
        return sign_verified(connection_, suite_, key_, message);
    }

 private:
    Connection& connection_;
    ledger::SuiteId suite_;
    const ledger::PublicKey& key_;
};

}  // namespace hsm
