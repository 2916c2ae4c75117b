#pragma once
// tools/cli/pin_prompt.hpp: the HSM's PIN from the person at the terminal, where no file and no credential holds it.

#include "hsm/pin.hpp"
#include "tools/cli/invocation.hpp"

namespace cli {

enum class PinAsked : std::uint8_t {
    once,
    twice,  ///< It may become a new token's PIN: a mistyped one would be known to nobody.
};

/// Asks now, so that nobody waits for the token meanwhile.
/// @return no source if one is configured, or there is no terminal to ask on (then it is missing, which its remedy
///         explains); terminal::errc::not_confirmed if the two differ; hsm::errc::pin_missing for nothing typed
[[nodiscard]] ledger::Result<hsm::PinSource> pin_from_person(const config::Config& config, ledger::Language language,
                                                             PinAsked asked = PinAsked::once);

}  // namespace cli
