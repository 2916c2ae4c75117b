#pragma once
// tools/node/anchored_key.hpp: which key of a token is meant where no ledger says so: the one whose anchor holds. A key
// that took over is under a label of its own, and the first one may be on the token still.

#include "hsm/anchor_reading.hpp"
#include "ledger/core/bytes.hpp"
#include "tools/config/config.hpp"

namespace node {

/// The keys that these notes say signed last. First those whose anchor holds, so that find_anchor would take it for
/// such a key on the token; then those that have handed over, by what is there: each the earliest first. While a key is
/// rotated an attempt of the next one stands beside the anchor that holds, and nothing was released under it.
[[nodiscard]] std::vector<hsm::AnchoredKey> keys_by_anchors(const ledger::Suite& suite,
                                                            std::span<const ledger::Bytes> on_token,
                                                            std::span<const ledger::Bytes> in_folder);

/// What the anchor folder has; nothing without one, or before there is one: it is not made here.
/// @return what reading it returns
[[nodiscard]] ledger::Result<std::vector<ledger::Bytes>> read_anchor_folder(const config::Config& config);

/// The token options that a configuration means for the first of these keys that the token has; as they are if it has
/// none of them. @return what reading the anchors returns
[[nodiscard]] ledger::Result<hsm::Options> anchored_token_options(const config::Config& config,
                                                                  const hsm::PinSource& pin_otherwise);

}  // namespace node
