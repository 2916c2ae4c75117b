#pragma once
// hsm/key_destruction.hpp: destroys a ledger's key and its anchor on the token: the end of a token's life with it.

#include "hsm/options.hpp"

namespace hsm {

/// Logs in with options.pin, destroys the key of options.key_label() if it is `key`, and then the anchors of that
/// label. What an interrupted run left is finished: a key that is gone is no error. No other object is touched.
/// @return errc::wrong_key for another key of this label, which stays; what opening a session returns
[[nodiscard]] ledger::Result<void> destroy_key(const Options& options, const ledger::PublicKey& key);

}  // namespace hsm
