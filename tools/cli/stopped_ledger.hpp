#pragma once
// tools/cli/stopped_ledger.hpp: what the commands that change how a ledger goes on have in common: no server runs, what
// is there is sound, and a person who knows the HSM's PIN asks for it.

#include "hsm/options.hpp"
#include "tools/cli/invocation.hpp"

namespace cli {

/// @return errc::server_running
[[nodiscard]] ledger::Result<void> check_stopped(const Invocation& run, const config::Config& config);
/// Whether what is there is sound: nothing is built on what is not. Personal values that are missing do not matter
/// here, and a ledger without a licence has no certificate yet. @return errc::recover_log_unsound
[[nodiscard]] ledger::Result<void> check_sound(const Invocation& run, const std::filesystem::path& folder);
/// The HSM's PIN from the person, whether or not one is configured; not tried.
[[nodiscard]] ledger::Result<hsm::PinSource> typed_pin(const Invocation& run);
/// The HSM's PIN from the person, whether or not one is configured: it stands in for a second one who agrees. The token
/// must have the key that `options` mean, and it has signed with it.
[[nodiscard]] ledger::Result<hsm::PinSource> proven_pin(const Invocation& run, const hsm::Options& options);

}  // namespace cli
