#pragma once
// hsm/next_key.hpp: a key beside the ledger's own on the same token, made to take over from it (ADR 34).

#include <functional>

#include "hsm/options.hpp"
#include "ledger/core/signer.hpp"

namespace hsm {

struct NextKey {
    ledger::PublicKey public_key;
    bool made = false;  ///< False: an earlier run made it.
    std::string token_label;
};

/// What both keys have to sign, in one session; neither signer outlives the call.
using SignWithBoth = std::function<ledger::Result<void>(ledger::Signer& present, ledger::Signer& next)>;

/// Finds the key of the epoch after options.epoch, or generates it as `initialise` does, durably; the present key is
/// proven first, and neither it nor an anchor is touched. Runs the child on the calling thread.
/// @pre options.public_key is set (asserted)
/// @return what opening a session returns; errc::key_ambiguous, key_unusable; what `sign` returns
[[nodiscard]] ledger::Result<NextKey> prepare_next_key(const Options& options, const SignWithBoth& sign);

}  // namespace hsm
