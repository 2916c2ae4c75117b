#pragma once
// ledger/license_file/key_change.hpp: any event from which on another key signs than before, as it stands in a log, by
// the event alone. Rules: docs/formats/event.md, "Incarnations".

#include "ledger/core/key_epochs.hpp"
#include "ledger/license_file/reendorsement.hpp"

namespace ledger {

/// The certificate is the vendor's, for this server, over the key that signed the anchor of the log that is lost; and
/// that anchor names it as the last of its keys, and at least one other. Revocations are not looked at: the key itself
/// goes on, as it would have with its log.
/// @param certificate  DER.
/// @param anchor_note  the anchor as it was signed.
/// @return the key; license_file::errc::lost_log_certificate_wrong (facts: reason)
[[nodiscard]] Result<PublicKey> check_anchored_key(const Bytes& certificate, const Certificate& root,
                                                   std::string_view anchor_note, std::string_view server_id);

/// Any hand-over as it stands in a log: verify_rotation, verify_hand_over or check_anchored_key, by its reason.
/// @param before  the key epochs before the event; not empty (asserted).
/// @pre the event is an IncarnationOpened that hands over (asserted).
/// @return the vendor's file, if the key before was lost
[[nodiscard]] Result<std::optional<VerifiedReendorsement>> verify_key_change(const Event& event,
                                                                             const KeyEpochs& before,
                                                                             const Certificate& root);

}  // namespace ledger
