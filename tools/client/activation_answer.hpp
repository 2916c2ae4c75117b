#pragma once
// tools/client/activation_answer.hpp: the server's JSON, read strictly where it counts and tolerantly elsewhere: what
// is wanted must be there with its type, what is not known is passed over. Contract: api/openapi.json.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/core/device_components.hpp"
#include "ledger/core/tree.hpp"

namespace client {

constexpr std::size_t answer_nesting_max = 16;

/// "lease" of an activation.
struct Lease {
    ledger::Timestamp ends_at;        ///< 0: perpetual.
    ledger::Timestamp grace_ends_at;  ///< 0: perpetual.
    ledger::Timestamp renew_after;    ///< 0: perpetual.
    bool operator==(const Lease&) const = default;
};

struct Consistency {
    ledger::TreeSize old_size;
    ledger::TreeSize new_size;
    std::string checkpoint;  ///< Signed note.
    std::vector<ledger::Digest> proof;
    /// If the incarnation of the head that was shown was closed before it: the tlog-proof of the event that did. Then
    /// old_size is what was kept. Else empty.
    std::string closed_by;
    /// DER certificates of the key that signed `checkpoint`, leaf first; empty: it is the server's first key.
    std::vector<ledger::Bytes> certificates;
};

/// Answer to an activation, a renewal or a release.
struct ActivationAnswer {
    std::string id;  ///< 26 characters of base32.
    std::uint64_t index = 0;
    std::string product;
    std::string state;  ///< "active", "released", …
    Lease lease;
    std::string file;  ///< Activation file; empty if the answer has none (release).
    std::optional<Consistency> consistency;
};

/// @param server  for the message.
/// @return errc::answer_malformed (facts: server, problem)
[[nodiscard]] ledger::Result<ActivationAnswer> parse_activation_answer(std::string_view json,
                                                                       const std::string& server);
/// The answer of POST /v1/checkpoints/consistency. @return errc::answer_malformed
[[nodiscard]] ledger::Result<Consistency> parse_consistency_answer(std::string_view json, const std::string& server);

/// RFC 9457 as our servers write it. Texts are cut to lengths that a terminal bears, control characters replaced.
struct Problem {
    std::string code;      ///< "quota-reached"
    std::string sentence;  ///< detail, else title.
    std::string remedy;    ///< May be empty.
};
/// @return nothing if it is not a problem of ours.
[[nodiscard]] std::optional<Problem> parse_problem(std::string_view json);

/// The body of POST /v1/activations and POST …/renewals.
struct RequestBody {
    std::string product;      ///< Empty: left out (renewals).
    std::string device_name;  ///< Empty: left out.
    std::vector<ledger::RawComponent> components;
    ledger::Bytes public_key;  ///< Empty: left out.
    std::string checkpoint;    ///< Empty: left out.
    std::string adopt;         ///< The file of a seat that a loss took; empty: left out.
    /// DER, of the key that signed `checkpoint`, the server's first; empty: left out.
    std::vector<ledger::Bytes> certificates{};
};
[[nodiscard]] std::string activation_body(const RequestBody& body);  ///< With "device".
/// Components, checkpoint and certificates alone.
[[nodiscard]] std::string renewal_body(const RequestBody& body);

}  // namespace client
