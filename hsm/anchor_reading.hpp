#pragma once
// hsm/anchor_reading.hpp: the anchors on a token, for whoever does not know yet which key signed them, and whether that
// key is there.

#include "hsm/options.hpp"

namespace hsm {

/// The notes under options.label(); none is a success. Logs in with options.pin, looks for no key, and runs the child
/// on the calling thread. @return what opening a session returns
[[nodiscard]] ledger::Result<std::vector<ledger::Bytes>> read_anchors(const Options& options);

/// Whether the token has options.public_key, under a label that a key of options.epoch can have. As read_anchors.
/// @pre there is an options.public_key (asserted)
[[nodiscard]] ledger::Result<bool> has_key(const Options& options);

}  // namespace hsm
