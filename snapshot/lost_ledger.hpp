#pragma once
// snapshot/lost_ledger.hpp: goes on where log and key are lost together (design section 7, row F): a new log under a
// new key, whose first events hold what the vendor's re-endorsement says. Knows neither HTTP nor PKCS#11. Why so:
// docs/adr/0035-log-and-key-lost.md.

#include <memory>

#include "ledger/license_file/reendorsement.hpp"
#include "ledger/store_write/folder_lock.hpp"
#include "snapshot/recovery.hpp"

namespace snapshot {

/// What there is to go on from. All outlive the calls.
struct LostLedger {
    const ledger::Suite& suite;
    /// On the ledger's folder since before the anchors were read; it has no log (L10: an existing one is refused).
    std::shared_ptr<ledger::FolderLock> folder;
    const ledger::VerifiedReendorsement& file;   ///< For a lost log; `known_note` fits it (check_known_head).
    const ledger::Certificate& root;             ///< The vendor's, pinned anew.
    ledger::PublicKey old_key;                   ///< The one that the file names.
    std::array<std::uint8_t, 32> device_salt{};  ///< As desktops have it; or a new one if none has.
    /// The newest head that the old key signed and that is known: an anchor, a checkpoint, or empty.
    std::string known_note;
    /// The newest anchor of this server on the new token: an attempt that was interrupted.
    std::optional<ledger::Anchor> attempt;
    /// The greatest incarnation in anything that calls itself an anchor of this server, whoever signed it; 0: none.
    std::uint32_t newest_seen = 0;
    std::string software_version;
    ledger::Timestamp now;  ///< Wall clock: there is no event to go on from.
};

/// The origin that the new log bears.
[[nodiscard]] ledger::Origin origin_after(const LostLedger& lost);
/// LedgerCreated, with the old key, and IncarnationOpened, which hands over: events 0 and 1.
[[nodiscard]] std::vector<ledger::EventDraft> first_events(const LostLedger& lost);

/// Writes an anchor under the new origin that has no head yet to the new token, then the log with `drafts` and its
/// signed head, then the anchor with that head. Stopped at any point it leaves what it found, or what the next call
/// does again under a higher number, or, once the log is there, what open_incarnation finishes.
/// @param drafts   first_events(), and more.
/// @param anchors  at least one; the first is the token.
/// @pre `signer` has the file's new key (asserted).
/// Before all that it looks again whether there is a log, and whether the anchor is still the one that was found.
/// @return ledger::errc::log_exists; errc::recovery_overtaken; what reading the stores, the signer, the first store and
/// creating the log return
[[nodiscard]] ledger::Result<Recovered> recreate_log(const LostLedger& lost,
                                                     const std::vector<ledger::EventDraft>& drafts,
                                                     ledger::Signer& signer,
                                                     std::span<ledger::AnchorStore* const> anchors);

}  // namespace snapshot
