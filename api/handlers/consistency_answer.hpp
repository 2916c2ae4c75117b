#pragma once
// api/handlers/consistency_answer.hpp: what a client is told of the checkpoint that it showed: that the newest head
// continues it, or that its incarnation was closed before it, and what closed it. Any thread.

#include "api/json_text.hpp"
#include "api/services.hpp"
#include "api/witness.hpp"

namespace api {

/// Adds the member "consistency": old_size, new_size, checkpoint and proof up to the newest released head; the
/// certificates of the key that signed it, once the ledger was handed over to another one; and "closed" when old_size
/// is not the size that was shown, but what was kept of it.
[[nodiscard]] ledger::Result<void> write_consistency(JsonWriter& json, const LedgerServices& services,
                                                     const KnownCheckpoint& known);

}  // namespace api
