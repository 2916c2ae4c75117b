#pragma once
// snapshot/replacement.hpp: a ledger whose key was lost goes on under another one, as the vendor's re-endorsement says
// (design section 7, row D). Knows neither HTTP nor PKCS#11: signer and anchors are handed in. Why in this order:
// docs/adr/0027-key-epochs.md.

#include "ledger/license_file/reendorsement.hpp"
#include "snapshot/recovery.hpp"

namespace snapshot {

/// What the person says of the log that is here.
enum class LogTail {
    whole,     ///< It is the ledger's own, as it was when the key was lost.
    restored,  ///< From a mirror or an export, which may have lacked its end.
};

/// What replacing works with. All outlive it; nobody else writes to any of them.
struct ReplacementParts {
    const ledger::Suite& suite;
    ledger::LogEngine& log;
    const projections::LedgerState& state;  ///< Folded from all of the log.
    const ledger::VerifiedReendorsement& file;
    /// The newest anchor that the old key signed, if a copy outlived the token, and as it was signed.
    std::optional<ledger::Anchor> old_anchor;
    std::string old_anchor_note;
    /// The newest anchor of this ledger that the new key signed, and as it was signed: an attempt that was interrupted,
    /// or all that the key has done since it took over, of which the log that is here knows nothing.
    std::optional<ledger::Anchor> new_anchor;
    std::string new_anchor_note;
    /// The greatest incarnation in anything that calls itself an anchor of this ledger, whoever signed it; 0: none.
    std::uint32_t newest_seen = 0;
    /// As in RecoveryParts: verified with the key of its time.
    std::string witness_note;
    /// The newest head that clients showed and that a key has signed which neither the log knows nor the file names:
    /// what that key did is lost. Its note cannot stand in the event, because auditors do not know the key.
    std::optional<ledger::Checkpoint> shown_later;
    LogTail tail = LogTail::whole;
    std::vector<ledger::Digest> given_up = {};  ///< As ledger::ReendorsementFacts has them.
};

/// What was found; changes nothing.
struct Replacement {
    using Stage = HandOverStage;
    Stage stage = Stage::due;
    ledger::Origin log_origin;
    ledger::TreeHead kept;              ///< All that the log has.
    std::string known_note;             ///< What the event will say is known; empty: nothing is known to be missing.
    std::vector<LicenseLoss> licenses;  ///< Ascending by id.
    ledger::Origin opens;               ///< That the hand-over opens, or has opened.
    /// The newest head that is known and that the log does not have.
    std::optional<ledger::Checkpoint> missing;
};

/// A copy that may lack its end leaves a gap in the numbers: how many recoveries and hand-overs came after it was made
/// is not known, and none of their numbers may be used twice (invariant L3).
/// @return license_file::errc::reendorsement_* if this ledger cannot take the file; errc::replacement_contradicted if
///         the old anchor is of another history than the log, replacement_went_on if that of the new key is; what
///         reading the log returns
[[nodiscard]] ledger::Result<Replacement> find_replacement(const ReplacementParts& parts);

/// Does what is left to do, by the stage: writes the first anchor under the next incarnation to the new token, then the
/// event with its head, signed by the new key, then the anchor with that head. Stopped at any point it leaves what it
/// found, or what the next call finishes or does again under a higher number.
/// @pre stage is not done (asserted); `signer` has the file's new key (asserted).
/// @param anchors  at least one; the first is the new token.
/// @return what the signer, the first store and the log return
[[nodiscard]] ledger::Result<Recovered> hand_over(const ReplacementParts& parts, const Replacement& replacement,
                                                  ledger::Signer& signer,
                                                  std::span<ledger::AnchorStore* const> anchors);

}  // namespace snapshot
