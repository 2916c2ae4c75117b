#pragma once
// tools/cli/authority.hpp: acts that two people have to agree on, while there are no accounts: the HSM's PIN and a
// sentence typed out stand in for them.

#include <boost/json/object.hpp>

#include "tools/cli/invocation.hpp"

namespace cli {

/// Asks for both on the terminal. @return errc::person_needed without one; terminal::errc::not_confirmed; what the
/// token says of the PIN
[[nodiscard]] ledger::Result<void> prove_authority(Invocation& run, std::string_view sentence);

/// What a request says once prove_authority() succeeded.
constexpr std::string_view proven_authority = "hsm_pin_and_typed_confirmation";
/// A request's body: `members` and the authority that was proven.
[[nodiscard]] std::string with_authority(boost::json::object members = {});

}  // namespace cli
