#pragma once
// ledger/license_file/rotation.hpp: a key that is there hands its ledger over to the next one, which the vendor has
// certified: what is judged of certificate and note. Format: docs/formats/rotation.md.

#include "ledger/core/certificate.hpp"
#include "ledger/core/event.hpp"
#include "ledger/core/key_epochs.hpp"
#include "ledger/core/key_hand_over.hpp"
#include "ledger/license_file/license_file.hpp"

namespace ledger {

/// What decides whether a certificate makes its key the ledger's next one.
struct RotationFacts {
    std::string server_id;
    std::vector<Bytes> server_keys;  ///< As LicenseFacts has them: 1 or more, the present one last.
    std::vector<LicenseFacts::RevokedCertificate> revoked_certificates;
    Timestamp at;                       ///< The time that the event has, or will have.
    std::vector<Digest> given_up = {};  ///< As ReendorsementFacts has them.
};

/// The certificate is the vendor's, for this server, over a key that was never the ledger's.
/// @return the key; license_file::errc::rotation_certificate_wrong, rotation_other_server, rotation_key_known,
///         rotation_certificate_revoked
[[nodiscard]] Result<PublicKey> check_next_certificate(const Certificate& certificate, const Certificate& root,
                                                       const RotationFacts& facts);

/// Who hands over to whom.
struct HandOverFacts {
    std::string server_id;
    PublicKey key;   ///< That has to have signed the note.
    PublicKey next;  ///< That it has to name.
};
/// The note alone; what it says of the ledger's head is returned, and not judged.
/// @return license_file::errc::rotation_note_malformed, rotation_other_server, rotation_other_key,
///         rotation_other_next_key, rotation_signature_bad
[[nodiscard]] Result<KeyHandOver> check_hand_over_note(std::string_view note, const HandOverFacts& facts);

struct VerifiedRotation {
    Certificate certificate;
    PublicKey next_key;
};
/// A rotation as it stands in a log, by the event alone: certificate and note are good for this ledger and its key at
/// that time, and the note hands over at the head that was kept. Whether that is a head of the log is for OriginOrder
/// to say; revocations are not looked at.
/// @param before  the key epochs before the event; not empty (asserted).
/// @pre the event is an IncarnationOpened whose reason is rotated (asserted).
/// @return as the two above; license_file::errc::rotation_head_differs
[[nodiscard]] Result<VerifiedRotation> verify_rotation(const Event& event, const KeyEpochs& before,
                                                       const Certificate& root);

}  // namespace ledger
