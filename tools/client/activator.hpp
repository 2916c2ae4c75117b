#pragma once
// tools/client/activator.hpp: activates, renews and releases this machine's seat: servers in order, trust before
// secrets, every file verified before it is stored, every signed head held against the largest one seen.
// Contract with the server: api/openapi.json. Holds the state folder's lock during each call.

#include <atomic>
#include <functional>

#include "tools/client/activation_answer.hpp"
#include "tools/client/activation_check.hpp"
#include "tools/client/https_client.hpp"
#include "tools/client/settings.hpp"
#include "tools/client/state_folder.hpp"
#include "tools/client/witness.hpp"

namespace client {

/// A failure, and how long the server asked to be left alone.
struct Setback {
    ledger::Error error;
    std::optional<std::chrono::seconds> retry_after;
};
template <class T>
using Attempt = boost::system::result<T, Setback>;
[[noreturn]] void throw_exception_from_error(const Setback& setback, const boost::source_location& location);

/// What a successful call leaves behind.
struct Outcome {
    bool new_seat = false;  ///< 201 rather than 200.
    CheckedFile file;
    std::string server;  ///< Which address answered.
    std::optional<ledger::Error>
        contradiction;                    ///< errc::history_contradiction: the seat is held, and this must be told.
    std::optional<ledger::Error> notice;  ///< Of WitnessFinding: to be told, and no fault.
    std::optional<ledger::Error> witness_failure;  ///< Why the head could not be held against the remembered one.
};

class Activator {
 public:
    /// @param settings  with servers, product and vendor root (asserted). All references outlive the activator.
    Activator(const Settings& settings, const StateFolder& state, const std::vector<ledger::RawComponent>& components,
              const ledger::Certificate& root, ledger::Language language, HttpLimits limits,
              const std::atomic<bool>& stop);

    /// Makes the device key if there is none. The same device gets the same seat and file back.
    [[nodiscard]] Attempt<Outcome> activate();
    /// Needs an activation file. With the device key, or, if that is lost, with the enrolment key.
    [[nodiscard]] Attempt<Outcome> renew();
    /// Gives the seat back and removes the file. @return errc::device_key_lost, errc::not_activated
    [[nodiscard]] Attempt<void> release();
    /// As a witness only: shows the largest head, gets and checks the proof that the tree still continues it.
    [[nodiscard]] Attempt<WitnessFinding> visit();

 private:
    class Session;
    template <class T>
    Attempt<T> with_servers(const std::function<Attempt<T>(Session&)>& action);

    const Settings& settings_;
    const StateFolder& state_;
    const std::vector<ledger::RawComponent>& components_;
    const ledger::Certificate& root_;
    ledger::Language language_;
    HttpLimits limits_;
    const std::atomic<bool>& stop_;
};

}  // namespace client
