#pragma once
// hsm/connection.hpp: the module as typed calls to the child, with one error for each way it fails. No state machine,
// no retry: that is hsm/token.hpp.

#include <memory>
#include <string>
#include <vector>

#include "hsm/options.hpp"
#include "ledger/core/signer.hpp"

namespace hsm {

class WorkerProcess;

/// C_GetInfo.
struct LibraryInfo {
    std::string description;
    std::string manufacturer;
    std::string library_version;
    std::string cryptoki_version;
};

/// C_GetTokenInfo of a present token.
struct TokenInfo {
    std::uint64_t slot = 0;
    std::string label;  ///< Without trailing spaces, as all of them.
    std::string manufacturer;
    std::string model;
    std::string serial;
    bool initialised = false;     ///< CKF_TOKEN_INITIALIZED
    bool login_required = false;  ///< CKF_LOGIN_REQUIRED
    bool pin_locked = false;      ///< CKF_USER_PIN_LOCKED
    bool pin_final_try = false;   ///< CKF_USER_PIN_FINAL_TRY
    /// All attributes that the URI gives are this token's.
    [[nodiscard]] bool matches(const Uri& uri) const;
};

/// Owns the child. One thread at a time calls, but terminate(); after any error but those of what was asked for
/// (key_not_found, key_ambiguous, key_unusable, pin_*), open a new one. See WorkerProcess on the starting thread.
///
/// Every call @return errc::not_responding, worker_died, worker_protocol, token_gone, token_failed besides its own.
class Connection {
 public:
    /// Starts the child; asks nothing. @return errc::worker_not_started
    [[nodiscard]] static ledger::Result<std::shared_ptr<Connection>> start(const Options& options);
    ~Connection();

    /// @return errc::module_not_loaded
    [[nodiscard]] ledger::Result<LibraryInfo> load();
    [[nodiscard]] ledger::Result<std::vector<TokenInfo>> tokens();
    [[nodiscard]] ledger::Result<std::vector<std::uint64_t>> mechanisms(std::uint64_t slot);
    [[nodiscard]] ledger::Result<void> open_session(std::uint64_t slot);
    /// @return errc::pin_wrong, pin_locked, pin_not_set
    [[nodiscard]] ledger::Result<void> login(const Pin& pin);
    /// C_InitToken. Fails for a token that is initialised: nothing is ever erased.
    [[nodiscard]] ledger::Result<void> initialise_token(std::uint64_t slot, const std::string& label,
                                                        const Pin& so_pin);
    /// C_InitPIN, as security officer. @return errc::pin_wrong, pin_locked: the officer's
    [[nodiscard]] ledger::Result<void> initialise_pin(std::uint64_t slot, const Pin& so_pin, const Pin& user_pin);
    /// Chooses the key that sign() uses. @return errc::key_not_found, key_ambiguous, key_unusable (facts: token, key)
    [[nodiscard]] ledger::Result<ledger::PublicKey> find_key(const std::string& label);
    [[nodiscard]] ledger::Result<void> generate_key(const std::string& label);
    /// For ever. What find_key would not find is no error.
    [[nodiscard]] ledger::Result<void> destroy_key(const std::string& label);
    /// As the card made it: strict DER, not verified. @return errc::bad_signature for what is not even a signature
    [[nodiscard]] ledger::Result<ledger::Bytes> sign(const ledger::Digest& digest);

    /// Private data objects of a label; at most 8 of at most 16 KiB. @return errc::anchor_too_large
    [[nodiscard]] ledger::Result<std::vector<ledger::Bytes>> read_objects(const std::string& label);
    [[nodiscard]] ledger::Result<void> create_object(const std::string& label, ledger::ByteView value);
    /// Destroys all of a label but one of value `keep`; an empty `keep` keeps none.
    [[nodiscard]] ledger::Result<void> remove_objects(const std::string& label, ledger::ByteView keep);
    /// Destroys those of this label and value; none is no error.
    [[nodiscard]] ledger::Result<void> remove_object(const std::string& label, ledger::ByteView value);
    /// The labels that our data objects have, each once, ascending.
    [[nodiscard]] ledger::Result<std::vector<std::string>> object_labels();
    [[nodiscard]] ledger::Result<ledger::Bytes> random(std::size_t count);

    /// From any thread: kills the child, so that a call in progress returns.
    void terminate() noexcept;
    [[nodiscard]] int worker_pid() const;

 private:
    Connection(const Options& options, std::unique_ptr<WorkerProcess> worker);
    template <class Read>
    [[nodiscard]] auto ask(std::chrono::milliseconds deadline, const Read& read);

    std::unique_ptr<WorkerProcess> worker_;
    Deadlines deadlines_;
    ledger::SuiteId suite_;
    std::string module_;
};

}  // namespace hsm
