#pragma once
// snapshot/recovery.hpp: goes on from a log that lacks a head which was once released (design section 7, rows B, G and
// I): opens the next incarnation. Knows neither HTTP nor PKCS#11: signer and anchors are handed in. Why in this order:
// docs/adr/0026-incarnations.md.

#include <optional>

#include "ledger/store_read/anchor_check.hpp"
#include "ledger/store_write/log_engine.hpp"
#include "projections/state/ledger_state.hpp"

namespace snapshot {

/// What recovering works with. All outlive it; nobody else writes to any of them.
struct RecoveryParts {
    const ledger::Suite& suite;
    ledger::LogEngine& log;
    const projections::LedgerState& state;  ///< Folded from all of the log.
    const ledger::Anchor& anchor;           ///< The one that holds.
    ledger::ByteView anchor_note;           ///< It, as it was signed.
    /// The newest head that clients showed and the log does not have, as it was signed; empty: none. The signature has
    /// been verified.
    std::string witness_note;
    /// The log is as it was restored, or somebody says that it is an older copy: what was given after the copy was made
    /// is not in it.
    bool restored = false;
};

/// How far a ledger has been handed over to another key.
enum class HandOverStage : std::uint8_t {
    due,         ///< Not at all.
    unfinished,  ///< It has, and not every place of the anchor knows of its head, and of nothing besides.
    done,        ///< Nothing is left to do.
};

/// Of one licence, after recovering.
struct LicenseLoss {
    std::string license_id;
    std::optional<std::uint64_t> quantity;  ///< Nothing: the log does not have it; it must be imported again.
    std::uint64_t held = 0;                 ///< Seats in the log.
    std::uint64_t unclaimed = 0;            ///< Seats that may have been given besides.
};

/// What was found; changes nothing.
struct Loss {
    ledger::AnchorStanding standing{};
    ledger::Origin log_origin;
    ledger::TreeHead kept;                    ///< All that the log has.
    std::optional<ledger::Checkpoint> known;  ///< The newest head that is known and that the log does not have; the
                                              ///< anchor's, if all that is known is that the log was restored.
    bool restored = false;                    ///< That is the only reason to recover.
    std::vector<LicenseLoss> licenses;        ///< Ascending by id.
    ledger::Origin opens;                     ///< That recovering opens, or has begun to.
    [[nodiscard]] bool shown_by_client() const;
    /// The first event that is not there and the last one of which is known that it was; nothing if all that is known
    /// is that there was another history.
    [[nodiscard]] std::optional<std::pair<ledger::SequenceNumber, ledger::SequenceNumber>> gap() const;
    /// Where there is no gap: the newest head that is known of a later incarnation, which went on from less than this
    /// log has. What was done under it is lost, and no number says so.
    [[nodiscard]] std::optional<ledger::Checkpoint> later_history() const;
};

/// @return what reading the log returns
[[nodiscard]] ledger::Result<Loss> find_loss(const RecoveryParts& parts);

struct Recovered {
    ledger::Origin origin;
    ledger::TreeHead head;  ///< With the event that opened it.
    std::optional<ledger::Error>
        second_failing;  ///< A place for the anchor besides the first; it is tried again later.
};

/// Opens the incarnation that `loss` names: writes the anchor under it with the head that was known, then the event and
/// its signed head, then the anchor with that head. Stopped at any point it leaves what it found, or what the next call
/// finishes or does again under a higher number. Asserts that the standing is behind or unfinished, that the log was
/// restored, or that a client has shown a head.
/// @param anchors  at least one; the first is the token.
/// @return what the signer, the first store and the log return
[[nodiscard]] ledger::Result<Recovered> open_incarnation(const RecoveryParts& parts, const Loss& loss,
                                                         ledger::IncarnationOpened::Reason reason,
                                                         ledger::Signer& signer,
                                                         std::span<ledger::AnchorStore* const> anchors);

}  // namespace snapshot
