#pragma once
// snapshot/rotation.hpp: a ledger's key hands over to the next one while both are there. Knows neither HTTP nor
// PKCS#11: signer and anchors are handed in. Why in this order: docs/adr/0034-rotating-a-key.md.

#include <functional>

#include "ledger/license_file/rotation.hpp"
#include "snapshot/recovery.hpp"

namespace snapshot {

/// What rotating works with. All outlive it; nobody else writes to any of them.
struct RotationParts {
    const ledger::Suite& suite;
    ledger::LogEngine& log;
    const projections::LedgerState& state;  ///< Folded from all of the log.
    const ledger::Certificate& root;
    const ledger::Certificate& certificate;  ///< The vendor's, over the next key.
    const ledger::PublicKey& next_key;       ///< The certificate's.
    ledger::Anchor anchor;                   ///< The one that holds, of the key that signs now; the log has its head.
    std::string anchor_note;                 ///< It, as it was signed.
    /// The newest anchor of the next key: an attempt that was interrupted.
    std::optional<ledger::Anchor> attempted;
    bool all_told = true;                       ///< Every place holds that anchor, and nothing besides.
    std::vector<ledger::Digest> given_up = {};  ///< As ledger::RotationFacts has them.
};

/// What was found; changes nothing.
struct Rotation {
    using Stage = HandOverStage;
    Stage stage = Stage::due;
    ledger::Origin log_origin;
    ledger::TreeHead kept;  ///< All that the log has.
    ledger::Origin opens;   ///< That the hand-over opens, or has opened.
};

/// @return license_file::errc::rotation_* if the certificate is not good for this ledger; what reading the log returns
[[nodiscard]] ledger::Result<Rotation> find_rotation(const RotationParts& parts);

/// What the key that signs now has to sign. @pre the stage is due (asserted)
[[nodiscard]] ledger::KeyHandOver hand_over_of(const RotationParts& parts, const Rotation& rotation);

/// The token, as rotating needs it: a note can stand beside the one that holds.
struct RotationStores {
    std::function<ledger::Result<void>(ledger::ByteView)> add;  ///< To the first of `all`, durably.
    std::span<ledger::AnchorStore* const> all;                  ///< At least one; the first is the token.
};

/// Does what is left to do, by the stage: puts an anchor of the next key, under the next incarnation, beside the one
/// that holds; then the event with its head, signed by the next key; then the anchor with that head, in place of both.
/// Stopped at any point it leaves a ledger that is in service under the key that its log names.
/// @param hand_over  hand_over_of(), signed by the key before; empty unless the stage is due.
/// @pre stage is not done (asserted); `signer` has the next key (asserted).
/// @return what the signer, the first store and the log return
[[nodiscard]] ledger::Result<Recovered> rotate(const RotationParts& parts, const Rotation& rotation,
                                               const std::string& hand_over, ledger::Signer& signer,
                                               const RotationStores& stores);

/// Whether the newest key took over for good: the log has the hand-over, and the anchor knows a head since then.
[[nodiscard]] bool is_settled(const projections::LedgerState& state, const ledger::Anchor& anchor);

}  // namespace snapshot
