#pragma once
// api/problem.hpp: errors as RFC 9457 problem documents, in the reader's language, from the message catalogue.

#include <span>

#include "api/request.hpp"
#include "ledger/core/result.hpp"

namespace api {

/// One line of the table from stable codes to HTTP statuses. By code and not by errc, because the folders behind the
/// ledger's interfaces (the HSM, the programs) are not known here.
struct ProblemStatus {
    std::string_view code;
    unsigned status;
};
/// All codes that may reach a client, sorted by code. A code that is not in it is a 500.
[[nodiscard]] std::span<const ProblemStatus> problem_statuses();
[[nodiscard]] unsigned status_of(const ledger::Error& error);

/// The problem document. Retry-After is added to 503 and 429. Logs a 500 with its detail, which the client never sees.
/// @param cause  of an error that only tells what follows from another one (errc::degraded, needs_operator): what can
///               be done is said by that one's remedy.
[[nodiscard]] Response problem(const ledger::Error& error, const Request& request,
                               const ledger::Error* cause = nullptr);

constexpr unsigned retry_after_s = 5;  ///< For 503: what is down usually takes that long to come back.

}  // namespace api
