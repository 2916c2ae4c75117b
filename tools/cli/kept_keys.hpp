#pragma once
// tools/cli/kept_keys.hpp: enrolment keys and log keys in a backup of secrets: taken from the ledger, and put back into
// one that has lost them. The ledger has their digests only; that is enough for the texts that their holders have.
// ADR: docs/adr/0033-secrets-backup.md.

#include "tools/cli/invocation.hpp"
#include "tools/cli/secrets_file.hpp"

namespace cli {

/// Puts the keys that were not revoked into `secrets`, also those that have expired: the clock here may be wrong. Reads
/// beside a running server; blocks for as long as the log is behind its newest snapshot.
/// @return errc::secrets_keys_too_many; what reading the log and its snapshots returns
[[nodiscard]] ledger::Result<void> take_keys(const std::filesystem::path& folder, Secrets& secrets);

/// Has each key made again, with its id and digest, by the running server or in the ledger itself: what is there, has
/// expired or was revoked here is passed over, so it may be repeated. Prints what became of each; sets the exit code
/// where one was refused, and stops there.
/// @param except  ids of keys to leave out. @return errc::secrets_key_unknown, secrets_nothing; what asking returns
[[nodiscard]] ledger::Result<void> restore_keys(Invocation& run, const Secrets& secrets,
                                                const std::vector<std::string>& except);

/// One row a key, without anything secret: id, pool or reader, end.
void add_keys(boost::json::object& answer, const Secrets& secrets);
void print_keys(const Secrets& secrets);

}  // namespace cli
