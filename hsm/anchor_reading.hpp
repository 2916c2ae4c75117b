#pragma once
// hsm/anchor_reading.hpp: the anchors on a token, for whoever does not know yet which key signed them, and whether that
// key is there.

#include <string>
#include <vector>

#include "hsm/options.hpp"

namespace hsm {

class Connection;

/// A key that anchors speak for.
struct AnchoredKey {
    ledger::PublicKey key;
    std::uint32_t epoch = 1;
};

/// The notes under options.label(); none is a success. Logs in with options.pin, looks for no key, and runs the child
/// on the calling thread. @return what opening a session returns
[[nodiscard]] ledger::Result<std::vector<ledger::Bytes>> read_anchors(const Options& options);

/// A note, and the CKA_LABEL under which it stands.
struct LabelledNote {
    std::string label;
    ledger::Bytes note;
};
/// The notes of this program under every label but this one: of other ledgers whose keys are on the token, and of
/// this one under a name that its configuration does not say. In a session that is logged in.
[[nodiscard]] ledger::Result<std::vector<LabelledNote>> read_other_anchors(Connection& connection,
                                                                           const std::string& label);
/// The same beside options.label(), in a session of its own. @return as read_anchors
[[nodiscard]] ledger::Result<std::vector<LabelledNote>> read_other_anchors(const Options& options);

/// Whether the token has the key that the options mean, without waiting for a token that is away, or asking it to sign.
/// @return errc::key_not_found, wrong_key (facts: key, token); as read_anchors
[[nodiscard]] ledger::Result<void> check_key(const Options& options);

}  // namespace hsm
