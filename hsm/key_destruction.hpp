#pragma once
// hsm/key_destruction.hpp: destroys keys of a ledger on the token: all of them and the anchor, at the end of a token's
// life with it, or those that were replaced.

#include <span>

#include "hsm/options.hpp"

namespace hsm {

/// Logs in with options.pin, destroys the ledger's keys, and then its anchors. What an interrupted run left is
/// finished: a key that is gone is no error. A key that was made to take over, and did not, goes as well. No other
/// object is touched.
/// @param keys  all of the ledger's that are known, in order; the last one is of options.epoch. If they are fewer,
/// those
///              after the first are not known, and go by their labels.
/// @return errc::wrong_key for another key of this label, which stays, as all of them do; what opening a session
/// returns
[[nodiscard]] ledger::Result<void> destroy_all_keys(const Options& options, std::span<const ledger::PublicKey> keys);

/// The same for all of them but the last one, which stays, as the anchors do.
/// @return how many private keys there were
[[nodiscard]] ledger::Result<std::size_t> destroy_replaced_keys(const Options& options,
                                                                std::span<const ledger::PublicKey> keys);

}  // namespace hsm
