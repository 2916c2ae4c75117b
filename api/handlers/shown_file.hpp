#pragma once
// api/handlers/shown_file.hpp: an activation file that is shown to the server, by its desktop or by people.

#include "api/commands/recovery_commands.hpp"
#include "api/services.hpp"

namespace api {

/// What the file proves. It is a witness first: if the head in it was signed by this server's key and is not part of
/// its history, the ledger was set back, and the alarm is raised (api/witness.hpp). Refusals are counted.
/// @return errc::checkpoint_unknown; what commands::prepare_proof returns
[[nodiscard]] ledger::Result<commands::VerifiedProof> take_shown_file(LedgerServices& services, std::string_view text);

}  // namespace api
