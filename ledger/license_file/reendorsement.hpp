#pragma once
// ledger/license_file/reendorsement.hpp: the .ree file: the vendor hands a ledger over from a key that was lost to
// another one, by a CMS message over JSON, signed by a recovery signer. Format: docs/formats/reendorsement.md.

#include <optional>

#include "ledger/core/certificate.hpp"
#include "ledger/core/checkpoint.hpp"
#include "ledger/core/key_epochs.hpp"
#include "ledger/core/tree.hpp"
#include "ledger/license_file/license_file.hpp"

namespace ledger {

struct Reendorsement {
    std::string reendorsement_id;  ///< The alphabet of licence ids.
    Timestamp issued_at;
    std::string server_id;
    Digest old_key;            ///< The suite's hash of the DER SubjectPublicKeyInfo of the key that is replaced.
    Bytes server_certificate;  ///< DER, over the new key; directly under the root.
    Checkpoint head;           ///< The newest head that the vendor vouches for; of this server.
    bool operator==(const Reendorsement& other) const;
};

[[nodiscard]] std::string reendorsement_json(const Reendorsement& reendorsement);
/// Strict, as for a licence's terms. @return license_file::errc::reendorsement_malformed (fact: field)
[[nodiscard]] Result<Reendorsement> parse_reendorsement_json(std::string_view text);

struct VerifiedReendorsement {
    Reendorsement reendorsement;
    Bytes reendorsement_bin;                ///< The file: what an event keeps.
    std::vector<Certificate> signer_chain;  ///< The signer's certificate first.
    Certificate server_certificate;         ///< Verified under the root, for this server id.
    PublicKey new_key;
};

/// Pure: needs only the root. Signer and server certificate are judged at the issue time.
/// @return license_file::errc::reendorsement_malformed, reendorsement_issuer_*, reendorsement_signature_bad,
///         reendorsement_certificate_wrong
[[nodiscard]] Result<VerifiedReendorsement> verify_reendorsement(ByteView ree, const Certificate& root);

/// What the ledger knows that decides whether it can take a verified re-endorsement.
struct ReendorsementFacts {
    std::string server_id;
    std::vector<Bytes> server_keys;  ///< As LicenseFacts has them: 1 or more.
    std::vector<LicenseFacts::RevokedCertificate> revoked_certificates;
    TreeSize log_size;
};
/// All but the tree: whether the log has the head is check_vouched_head's to say. The first that holds is the refusal.
/// @return license_file::errc::reendorsement_other_server, reendorsement_other_key, reendorsement_key_known,
///         reendorsement_certificate_revoked, reendorsement_head_missing
[[nodiscard]] Result<void> check_reendorsement_for_ledger(const VerifiedReendorsement& file,
                                                          const ReendorsementFacts& facts);
/// @param log_root  of the log's tree at the head's size.
/// @return license_file::errc::reendorsement_head_differs
[[nodiscard]] Result<void> check_vouched_head(const Reendorsement& reendorsement, const Digest& log_root);

/// Makes a .ree. @return license_file::errc::reendorsement_malformed; the signer's errors
[[nodiscard]] Result<Bytes> make_reendorsement(const Reendorsement& reendorsement,
                                               std::vector<Certificate> signer_chain, Signer& signer);

/// A hand-over as it stands in a log: the file is good, for this ledger and its key at that time, and the event's
/// certificate is the one that it names. The tree and revocations are not looked at.
/// @param before  the key epochs before the event; not empty (asserted).
/// @pre the event is an IncarnationOpened that hands over (asserted).
/// @return what verify_reendorsement and check_reendorsement_for_ledger return
[[nodiscard]] Result<VerifiedReendorsement> verify_hand_over(const Event& event, const KeyEpochs& before,
                                                             const Certificate& root);

}  // namespace ledger
