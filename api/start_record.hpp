#pragma once
// api/start_record.hpp: sees to it that the ledger says which version of the software writes it: an upgrade, and a step
// back, are in the record.

#include "api/server/io_thread.hpp"
#include "api/services.hpp"

namespace api {

constexpr std::chrono::seconds start_record_interval{2};

/// ServerStarted, when `software_version` is another than the last one on record (LedgerCreated or ServerStarted).
/// @return whether it was written now; errors are those of ledger::Task::done, and the token's own
[[nodiscard]] Awaitable<ledger::Result<bool>> record_start(LedgerServices& services, IoThread& io,
                                                           std::string software_version);

/// The same until it is on record: a card that is away at the start must not hold the start up. Ends then, or when `io`
/// stops.
[[nodiscard]] Awaitable<void> keep_start_recorded(LedgerServices& services, IoThread& io, std::string software_version);

}  // namespace api
