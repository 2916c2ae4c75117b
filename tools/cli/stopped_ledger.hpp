#pragma once
// tools/cli/stopped_ledger.hpp: what the commands that change how a ledger goes on have in common: no server runs, what
// is there is sound, and a person who knows the HSM's PIN asks for it.

#include <boost/json/array.hpp>
#include <functional>

#include "hsm/options.hpp"
#include "snapshot/recovery.hpp"
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
/// The same where the token has to be read first, to know which key is meant. @param token_of  given the PIN, not
/// proven
[[nodiscard]] ledger::Result<hsm::PinSource> proven_pin(
    const Invocation& run, const std::function<ledger::Result<hsm::Options>(const hsm::PinSource&)>& token_of);
/// What cannot be undone is confirmed with the server id, typed out. @param english, chinese  what happens, up to "type
/// the server id ". @return terminal::errc::not_confirmed
[[nodiscard]] ledger::Result<void> confirm_by_server_id(const Invocation& run, const std::string& server_id,
                                                        std::string_view english, std::string_view chinese);
/// "due", "unfinished", "done": as `--json` names it.
[[nodiscard]] const char* stage_name(snapshot::HandOverStage stage);
/// Seats of each licence after a loss, as `--json` lists them.
[[nodiscard]] boost::json::array licenses_json(const std::vector<snapshot::LicenseLoss>& licenses);

}  // namespace cli
