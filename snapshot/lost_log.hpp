#pragma once
// snapshot/lost_log.hpp: goes on from an HSM whose log is lost altogether (design section 7, row C): a new log whose
// first events say what the anchor knew. Knows neither HTTP nor PKCS#11. Why in this order:
// docs/adr/0026-incarnations.md.

#include <memory>

#include "ledger/store_write/folder_lock.hpp"
#include "snapshot/recovery.hpp"

namespace snapshot {

/// What there is to go on from. All outlive the calls.
struct LostLog {
    const ledger::Suite& suite;
    /// On the ledger's folder since before the anchors were read; it has no log (L10: an existing one is refused).
    std::shared_ptr<ledger::FolderLock> folder;
    const ledger::Anchor& anchor;     ///< The one that holds.
    ledger::ByteView anchor_note;     ///< It, as it was signed.
    const ledger::Certificate& root;  ///< The vendor's, pinned anew: the anchor does not know it.
    ledger::ByteView public_key;      ///< DER SubjectPublicKeyInfo of the first key that the anchor names.
    std::string software_version;
    ledger::Timestamp now;           ///< Wall clock: there is no event to go on from.
    ledger::Bytes certificate = {};  ///< DER, over the HSM's key, if that is a later one than the first.
};

/// The origin that the new log bears.
[[nodiscard]] ledger::Origin origin_after(const LostLog& lost);
/// LedgerCreated and IncarnationOpened: events 0 and 1.
[[nodiscard]] std::vector<ledger::EventDraft> first_events(const LostLog& lost);
/// These, as events, for whoever decides what is to follow them in the same group.
[[nodiscard]] std::vector<ledger::Event> numbered(const ledger::Origin& origin, ledger::Timestamp now,
                                                  const std::vector<ledger::EventDraft>& drafts);

/// Writes the anchor under the new origin with the head that was known, then the log with `drafts` and its signed head,
/// then the anchor with that head. Stopped at any point it leaves what it found, or what the next call does again under
/// a higher number, or, once the log is there, what open_incarnation finishes.
/// @param drafts   first_events(), and more.
/// @param anchors  at least one; the first is the token.
/// Before all that it looks again whether there is a log, and whether the anchor is still the one that was found.
/// @return ledger::errc::log_exists; errc::recovery_overtaken; what reading the stores, the signer, the first store and
/// creating the log return
[[nodiscard]] ledger::Result<Recovered> recreate_log(const LostLog& lost, const std::vector<ledger::EventDraft>& drafts,
                                                     ledger::Signer& signer,
                                                     std::span<ledger::AnchorStore* const> anchors);

}  // namespace snapshot
