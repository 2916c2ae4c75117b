#pragma once
// snapshot/key_clearing.hpp: the last act of a key that people want destroyed: it signs that it is. Knows neither HTTP
// nor PKCS#11: destroying it is the caller's. Why in this order: docs/adr/0028-clearing-a-key.md.

#include "snapshot/recovery.hpp"

namespace snapshot {

/// Writes the event and its head, then the anchor with that head. Stopped after the event, the key is destroyed all the
/// same by the next run; stopped before, nothing has happened.
/// @param parts    of a ledger that has all that its anchor knows (asserted); its witness is not looked at.
/// @param anchors  at least one; the first is the token.
/// @return the last head; what the signer, the first store and the log return
[[nodiscard]] ledger::Result<Recovered> record_clearing(const RecoveryParts& parts, ledger::Signer& signer,
                                                        std::span<ledger::AnchorStore* const> anchors);

}  // namespace snapshot
