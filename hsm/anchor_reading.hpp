#pragma once
// hsm/anchor_reading.hpp: the anchors on a token, for whoever does not know yet which key signed them, and whether that
// key is there.

#include "hsm/options.hpp"

namespace hsm {

/// A key that anchors speak for.
struct AnchoredKey {
    ledger::PublicKey key;
    std::uint32_t epoch = 1;
};

/// The notes under options.label(); none is a success. Logs in with options.pin, looks for no key, and runs the child
/// on the calling thread. @return what opening a session returns
[[nodiscard]] ledger::Result<std::vector<ledger::Bytes>> read_anchors(const Options& options);

/// Whether the token has the key that the options mean, without waiting for a token that is away, or asking it to sign.
/// @return errc::key_not_found, wrong_key (facts: key, token); as read_anchors
[[nodiscard]] ledger::Result<void> check_key(const Options& options);

}  // namespace hsm
