#pragma once
// ledger/license_file/reendorsement.hpp: the .ree file: the vendor hands a ledger over from a key that was lost to
// another one, by a CMS message over JSON, signed by a recovery signer. Format: docs/formats/reendorsement.md.

#include <optional>

#include "ledger/core/anchor_limits.hpp"
#include "ledger/core/certificate.hpp"
#include "ledger/core/checkpoint.hpp"
#include "ledger/core/key_epochs.hpp"
#include "ledger/core/tree.hpp"
#include "ledger/license_file/license_file.hpp"

namespace ledger {

/// All that a server can have: a new log takes them in one after the other, and its anchor names each.
constexpr std::size_t vouched_licenses_max = anchor_licenses_max;
constexpr std::size_t given_up_keys_max = 32;

/// Where what is left does not tell which incarnations a server opened by itself, so many, attempts included, are
/// passed over after the newest that is known (ADR 27, ADR 35).
constexpr std::uint32_t incarnations_left = 1'000;

/// What the vendor knows of a ledger whose log is lost, too.
struct LostLogTerms {
    struct License {
        std::string license_id;
        Digest terms_digest;         ///< The suite's hash of the JSON terms.
        std::uint64_t quantity = 0;  ///< 1 to license_quantity_max.
        std::uint64_t open = 0;      ///< Seats that nobody has; at most the quantity.
        bool operator==(const License&) const = default;
    };
    std::uint32_t incarnation = 0;  ///< The new log opens this one, or a later one; none like it was ever opened.
    std::vector<License> licenses;  ///< All that are live; ascending by id, each once, 1 to vouched_licenses_max.
    /// Other keys that the vendor certified for this server: the suite's hash of each one's SPKI, ascending, each once,
    /// at most given_up_keys_max. What they sign under a later origin says nothing, and none of them comes back.
    std::vector<Digest> given_up = {};
    bool operator==(const LostLogTerms&) const = default;
};

struct Reendorsement {
    std::string reendorsement_id;  ///< The alphabet of licence ids.
    Timestamp issued_at;
    std::string server_id;
    Digest old_key;            ///< The suite's hash of the DER SubjectPublicKeyInfo of the key that is replaced.
    Bytes server_certificate;  ///< DER, over the new key; directly under the root.
    /// The newest head that the vendor vouches for; of this server. Nothing: only if the log is lost.
    std::optional<Checkpoint> head;
    std::optional<LostLogTerms> lost_log = {};
    bool operator==(const Reendorsement& other) const;
};

[[nodiscard]] std::string reendorsement_json(const Reendorsement& reendorsement);
/// Strict, as for a licence's terms. @return license_file::errc::reendorsement_malformed (fact: field)
[[nodiscard]] Result<Reendorsement> parse_reendorsement_json(std::string_view text);

/// The same out of a file, as an event has it: not verified again. @return as parse_reendorsement_json
[[nodiscard]] Result<Reendorsement> read_reendorsement(ByteView ree);
/// @pre lost_log is there (asserted).
[[nodiscard]] VouchedLicenses vouched_licenses(const Reendorsement& reendorsement);
/// quantity less open of each licence; what is zero is left out.
[[nodiscard]] std::vector<UnclaimedSeats> unclaimed_by_vendor(const LostLogTerms& lost);

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
    std::optional<TreeSize> log_size;   ///< Nothing: the log is lost, too.
    std::vector<Digest> given_up = {};  ///< Keys that the vendor's file for a lost log names so: none of them returns.
};
/// All but the tree: whether the log has the head is check_vouched_head's to say. The first that holds is the refusal.
/// @return license_file::errc::reendorsement_other_server, reendorsement_for_lost_log, reendorsement_not_for_lost_log,
///         reendorsement_other_key, reendorsement_key_known, reendorsement_certificate_revoked,
///         reendorsement_head_missing
[[nodiscard]] Result<void> check_reendorsement_for_ledger(const VerifiedReendorsement& file,
                                                          const ReendorsementFacts& facts);
/// @param log_root  of the log's tree at the head's size.
/// @pre a head is vouched for (asserted). @return license_file::errc::reendorsement_head_differs
[[nodiscard]] Result<void> check_vouched_head(const Reendorsement& reendorsement, const Digest& log_root);

/// With the log lost: that what is known of it fits what the vendor knew.
/// @param known  the newest head that the old key signed and that is known; nothing: none is.
/// @pre lost_log is there (asserted).
/// @return license_file::errc::reendorsement_head_beyond, reendorsement_head_differs, reendorsement_number_used
[[nodiscard]] Result<void> check_known_head(const Reendorsement& reendorsement, const std::optional<Checkpoint>& known);

/// Makes a .ree. @return license_file::errc::reendorsement_malformed; the signer's errors
[[nodiscard]] Result<Bytes> make_reendorsement(const Reendorsement& reendorsement,
                                               std::vector<Certificate> signer_chain, Signer& signer);

/// A hand-over as it stands in a log: the file is good, for this ledger and its key at that time, and the event's
/// certificate is the one that it names. The tree and revocations are not looked at.
/// @param before  the key epochs before the event; not empty (asserted).
/// @pre the event is an IncarnationOpened that hands over (asserted).
/// @return what verify_reendorsement, check_reendorsement_for_ledger and check_known_head return
[[nodiscard]] Result<VerifiedReendorsement> verify_hand_over(const Event& event, const KeyEpochs& before,
                                                             const Certificate& root);

}  // namespace ledger
