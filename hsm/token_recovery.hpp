#pragma once
// hsm/token_recovery.hpp: the part of a Token that keeps a working session: its state, whose turn it is, and the thread
// that opens sessions anew. Used by hsm/token.cpp alone.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "hsm/rejected_pins.hpp"
#include "hsm/session_opening.hpp"
#include "hsm/token.hpp"

namespace hsm {

/// Every member may be called from any thread. The child is only ever started on this object's thread (see
/// WorkerProcess), and reaped there.
class Token::Recovery {
 public:
    explicit Recovery(Options options);
    ~Recovery();

    [[nodiscard]] const Options& options() const { return options_; }
    [[nodiscard]] bool knows_key() const;
    /// Waits for the first attempt to open a session. @return its error
    [[nodiscard]] ledger::Result<void> first_attempt();
    /// @pre knows_key(), or first_attempt() succeeded; constant from then on.
    [[nodiscard]] const ledger::PublicKey& public_key() const;
    /// Where the token's files are, once it was opened.
    [[nodiscard]] std::optional<std::filesystem::path> files() const;

    /// Gives `call` the connection when it is free, waiting at most `turn`; a failure that is the token's takes it away
    /// again. @return what `call` returns; errc::busy; or at once Status::why, when the token is not ready
    template <class Call>
    auto use(std::chrono::milliseconds turn, const Call& call) -> decltype(call(std::declval<Connection&>()));
    /// Inside use(): signs, verifies, and counts.
    [[nodiscard]] ledger::Result<ledger::Bytes> timed_signature(Connection& connection, ledger::ByteView message);

    [[nodiscard]] Status status() const;
    [[nodiscard]] ledger::Result<void> wait_ready(std::chrono::milliseconds most) const;
    void retry();
    void on_change(std::function<void(const Status&)> listener);
    [[nodiscard]] int worker_pid() const;

 private:
    using SteadyTime = std::chrono::steady_clock::time_point;
    [[nodiscard]] ledger::Result<std::shared_ptr<Connection>> take(std::chrono::milliseconds turn);
    void give_back(const ledger::Error* failure);
    /// Whether the session outlived a failure (a full token, an object that is refused): it still signs.
    [[nodiscard]] bool is_well(Connection& connection, const ledger::Error& after);
    void set_state(State state, std::optional<ledger::Error> why);  ///< With mutex_ held.
    [[nodiscard]] ledger::Error why_not_ready() const;              ///< With mutex_ held.
    void run();
    void attempt(std::unique_lock<std::mutex>& lock);
    void tell(std::unique_lock<std::mutex>& lock);
    void probe_if_idle(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] SteadyTime idle_probe_at() const;

    const Options options_;
    RejectedPins rejected_;  ///< This object's thread alone.

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    Status status_;
    std::shared_ptr<Connection> connection_;  ///< Set while ready; and while an attempt is made.
    std::optional<ledger::PublicKey> public_key_;
    std::optional<std::filesystem::path> files_;
    std::function<void(const Status&)> listener_;
    bool in_use_ = false;
    std::size_t turns_awaited_ = 0;  // by take()
    bool attempted_ = false;
    bool attempting_ = false;
    bool untold_ = false;  ///< A change that the listener does not know yet.
    bool stopping_ = false;
    bool person_says_so_ = false;
    std::uint64_t failures_in_a_row_ = 0;
    SteadyTime last_signature_at_;
    std::thread thread_;
};

template <class Call>
auto Token::Recovery::use(std::chrono::milliseconds turn, const Call& call)
    -> decltype(call(std::declval<Connection&>())) {
    auto connection = take(turn);
    if (!connection) return connection.error();
    auto outcome = call(**connection);
    if (outcome || is_well(**connection, outcome.error())) {
        give_back(nullptr);
    } else {
        const ledger::Error failure = outcome.error();
        give_back(&failure);
    }
    return outcome;
}

}  // namespace hsm
