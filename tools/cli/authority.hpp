#pragma once
// tools/cli/authority.hpp: the authority of two people, while there are no accounts.

#include "tools/cli/invocation.hpp"

namespace cli {

/// What a request says once prove_authority() succeeded.
constexpr std::string_view proven_authority = "hsm_pin_and_typed_confirmation";

/// Asks on the terminal for the HSM's PIN, tries it on the token, and asks for `sentence` to be typed out.
/// @return errc::person_needed, terminal::errc::not_confirmed, what the token says of the PIN
[[nodiscard]] ledger::Result<void> prove_authority(Invocation& run, std::string_view sentence);

}  // namespace cli
