#pragma once
// tools/client/server_session.hpp: a trusted connection to one server, and the requests of the contract over it.
// Nothing secret is sent before the server is trusted. Used by Activator, under the state folder's lock.

#include "tools/client/activator.hpp"
#include "tools/client/trust.hpp"
#include "tools/client/witness.hpp"

namespace client {

/// What a session needs of its surroundings. All outlive it.
struct SessionContext {
    const Settings& settings;
    const StateFolder& state;
    const ledger::Certificate& root;
    ledger::Language language;
    HttpLimits limits;
    const std::atomic<bool>& stop;
};

class ServerSession {
 public:
    ServerSession(const SessionContext& context, ServerAddress address);

    /// Connects and decides on trust; what a proof establishes is remembered in the state folder.
    [[nodiscard]] Attempt<void> open();
    /// The one wanted: named in the settings, pinned, or proven just now. Empty: none yet.
    [[nodiscard]] const std::string& server_id() const { return server_id_; }
    [[nodiscard]] std::string address() const { return address_.text(); }

    /// One exchange; connects again if the server has closed the connection meanwhile.
    /// @return any status; see accept_status().
    [[nodiscard]] Attempt<HttpAnswer> send(const HttpRequest& request);
    /// The same, signed with the device key over the server's challenge (two exchanges, four if the origin has moved
    /// on).
    /// @param origin  the newest that is known.
    [[nodiscard]] Attempt<HttpAnswer> send_signed(HttpRequest request, const DeviceKey& key,
                                                  const ledger::Origin& origin);
    /// Lets 200 and 201 pass; anything else is the server's problem, told as ours.
    [[nodiscard]] Attempt<HttpAnswer> accept_status(HttpAnswer answer) const;

    /// That the server signs under now. What is not of the server id that is known proves nothing.
    [[nodiscard]] Attempt<ledger::Origin> present_origin();

 private:
    [[nodiscard]] Attempt<void> prove_certificate();
    [[nodiscard]] Attempt<HttpAnswer> answer_challenge(const HttpRequest& request, const DeviceKey& key,
                                                       const ledger::Origin& origin);

    SessionContext context_;
    ServerAddress address_;
    HttpsClient http_;
    std::string server_id_;
};

/// The enrolment key's one line. @return errc::enrolment_key_malformed; terminal::errc::file_unreadable
[[nodiscard]] ledger::Result<std::string> read_enrolment_key(const std::filesystem::path& file);

}  // namespace client
