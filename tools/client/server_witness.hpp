#pragma once
// tools/client/server_witness.hpp: what this machine has seen of a server and what the server says now, held against
// each other in one call (witness.hpp judges; this asks, remembers and keeps evidence). Used under the state folder's
// lock.

#include <functional>

#include "tools/client/server_session.hpp"

namespace client {

/// All references outlive it.
class ServerWitness {
 public:
    ServerWitness(const StateFolder& state, const ledger::Certificate& root, ServerSession& server)
        : state_(state), root_(root), server_(server) {}

    /// @return errc::not_activated, or what check_file finds
    [[nodiscard]] ledger::Result<CheckedFile> stored_file() const;
    /// The largest head seen of this server, or of any if `server_id` is empty; empty: none.
    [[nodiscard]] std::string remembered_head(const std::string& server_id) const;
    /// The file's, or the remembered head's if that is a later one.
    [[nodiscard]] ledger::Origin newest_origin(const CheckedFile& file) const;

    using Send = std::function<Attempt<HttpAnswer>(const RequestBody&)>;
    /// Sends a body that shows the remembered head, with the certificates of its key if the server asks for them.
    /// @return as checked()
    [[nodiscard]] Attempt<HttpAnswer> show(RequestBody body, const Send& send);
    /// The answer, if it is a success. @return errc::history_contradiction if the server does not know `remembered`
    [[nodiscard]] Attempt<HttpAnswer> checked(Attempt<HttpAnswer> answer, const std::string& remembered);
    /// Holds the head of a file, or of an answer that came with it, against the remembered one; asks for a proof if
    /// there is none yet. Remembers what is newer, keeps evidence of what contradicts.
    [[nodiscard]] Attempt<WitnessFinding> hold_against(const std::string& remembered,
                                                       const std::optional<Consistency>& given,
                                                       const CheckedFile& file);
    [[nodiscard]] Attempt<Consistency> ask_for_consistency(const std::string& remembered);

 private:
    [[nodiscard]] std::vector<ledger::Bytes> certificates_of(const std::string& remembered) const;
    ledger::Result<WitnessFinding> conclude(const WitnessVerdict& verdict,
                                            std::span<const ledger::Bytes> certificates) const;

    const StateFolder& state_;
    const ledger::Certificate& root_;
    ServerSession& server_;
};

}  // namespace client
