#pragma once
// ledger/core/event.hpp: events as plain values, for those who decide, fold and judge them. The stored form and its
// limits: ledger/core/event_codec.hpp and docs/formats/event.md. Field meanings and byte lengths: events.capnp.

#include <boost/container/small_vector.hpp>
#include <boost/container/static_vector.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/core/bytes.hpp"
#include "ledger/core/hash_batch.hpp"
#include "ledger/core/sizes.hpp"

namespace ledger {

/// 16 bytes; text form: base32 (26 characters). Unique over all incarnations.
struct ActivationId {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const ActivationId&) const = default;
    [[nodiscard]] std::string text() const { return base32_encode(bytes); }
    /// @return errc::not_canonical for what text() would not have written.
    [[nodiscard]] static Result<ActivationId> parse(std::string_view text);
};

struct Actor {
    enum class Kind : std::uint16_t { server, device, operator_ };
    enum class Authority : std::uint16_t {
        none,
        enrolment_key,
        open_enrolment,
        device_key,
        local_account,
        hsm_pin_and_typed_confirmation
    };
    Kind kind = Kind::server;
    Authority authority = Authority::none;
    Bytes id;  ///< Enrolment key id, or empty.
    bool operator==(const Actor&) const = default;
};

enum class AnnexField : std::uint16_t { device_name, device_address, operator_name };
constexpr std::uint16_t annex_field_count = 3;

struct Commitment {
    AnnexField field{};
    Digest digest;
    bool operator==(const Commitment&) const = default;
};

/// A value that stands apart from the event, because it may be erased. At most 1,024 bytes of UTF-8.
struct AnnexValue {
    AnnexField field{};
    std::array<std::uint8_t, 16> salt{};
    std::string value;
    bool operator==(const AnnexValue&) const = default;
};

struct LedgerCreated {
    SuiteId suite = SuiteId::p256_sha256;
    std::string server_id;
    Bytes public_key;
    Bytes vendor_root;
    std::array<std::uint8_t, 32> device_salt{};
    std::string software_version;
    bool operator==(const LedgerCreated&) const = default;
};
struct ServerCertified {
    std::vector<Bytes> certificates;
    bool operator==(const ServerCertified&) const = default;
};
struct LicenseImported {
    std::string license_id;
    Bytes license_bin;
    bool operator==(const LicenseImported&) const = default;
};
struct RevocationImported {
    std::string revocation_id;
    Bytes revocation_bin;
    bool operator==(const RevocationImported&) const = default;
};
struct EnrolmentKeyCreated {
    std::array<std::uint8_t, 16> key_id{};
    Digest key_digest;
    std::string pool;
    Timestamp expires;  ///< 0: never.
    bool operator==(const EnrolmentKeyCreated&) const = default;
};
struct EnrolmentKeyRevoked {
    std::array<std::uint8_t, 16> key_id{};
    bool operator==(const EnrolmentKeyRevoked&) const = default;
};
struct SettingChanged {
    std::string name;
    std::string value;
    bool operator==(const SettingChanged&) const = default;
};
struct TlsCertificateChanged {
    Digest fingerprint;
    bool operator==(const TlsCertificateChanged&) const = default;
};

struct Component {
    std::string kind;
    Digest digest;
    auto operator<=>(const Component&) const = default;
};
constexpr std::size_t components_max = 16;
using Components = boost::container::small_vector<Component, 6>;

struct Seat {
    ActivationId activation_id;
    std::string license_id;
    std::string product;
    Components components;  ///< Sorted by kind, then digest; no pair twice.
    Bytes device_public_key;
    Timestamp lease_ends;  ///< 0: perpetual.
    Timestamp grace_ends;  ///< 0: perpetual; never before lease_ends.
    bool operator==(const Seat&) const = default;
};
struct SeatActivated : Seat {};
struct SeatRenewed : Seat {};
struct SeatDeviceChanged : Seat {};
struct SeatReleased {
    ActivationId activation_id;
    bool operator==(const SeatReleased&) const = default;
};
struct SeatExpired {
    ActivationId activation_id;
    bool operator==(const SeatExpired&) const = default;
};
struct AnnexErased {
    SequenceNumber sequence_number;
    AnnexField field{};
    bool operator==(const AnnexErased&) const = default;
};
struct TimePutInDoubt {
    enum class Reason : std::uint16_t { stepped_forward, stepped_back, forward_across_stop };
    Timestamp wall_time;
    Reason reason{};
    bool operator==(const TimePutInDoubt&) const = default;
};
struct TimeConfirmed {
    Timestamp wall_time;
    bool operator==(const TimeConfirmed&) const = default;
};
struct TimeConfirmationUndone {
    SequenceNumber confirmation;
    Duration offset;
    bool operator==(const TimeConfirmationUndone&) const = default;
};
struct ServerStarted {
    std::string software_version;
    bool operator==(const ServerStarted&) const = default;
};

/// Seats of a licence that may have been given, and that nothing that survived shows.
struct UnclaimedSeats {
    std::string license_id;
    std::uint64_t seats = 0;
    auto operator<=>(const UnclaimedSeats&) const = default;
};
/// The first event under its origin. What its notes say: ledger/core/incarnation.hpp.
struct IncarnationOpened {
    enum class Reason : std::uint16_t { anchor, restored, witness, reendorsed, log_lost, rotated, log_and_key_lost };
    std::uint32_t incarnation = 0;
    Reason reason{};
    std::string kept_head;                  ///< Signed checkpoint; empty: nothing was kept (begins_log).
    std::string known_head;                 ///< Signed note: an anchor or a checkpoint; empty: none is known.
    std::vector<UnclaimedSeats> unclaimed;  ///< Ascending by licence id, each once, none of 0 seats.
    Bytes reendorsement = {};               ///< CMS (ledger/license_file/reendorsement.hpp), exactly if by_vendor.
    /// DER; the key in it signs from this event on. With log_lost: it did before, too, and is not the server's first
    /// key.
    Bytes server_certificate = {};
    std::string hand_over = {};  ///< Signed note (ledger/core/key_hand_over.hpp), exactly if rotated.
    /// Another key signs than the one before: the vendor says so, or the key before, or the anchor of a log that is
    /// lost. Exactly then there is a certificate.
    [[nodiscard]] bool hands_over() const;
    /// Only the key changed, and nothing is known to be missing.
    [[nodiscard]] bool keeps_all() const;
    bool operator==(const IncarnationOpened&) const = default;
};

/// There was no log any more: the event is the second one of a new log, and nothing was kept.
[[nodiscard]] constexpr bool begins_log(IncarnationOpened::Reason reason) {
    return reason == IncarnationOpened::Reason::log_lost || reason == IncarnationOpened::Reason::log_and_key_lost;
}
/// The vendor's re-endorsement hands over to another key.
[[nodiscard]] constexpr bool by_vendor(IncarnationOpened::Reason reason) {
    return reason == IncarnationOpened::Reason::reendorsed || reason == IncarnationOpened::Reason::log_and_key_lost;
}
inline bool IncarnationOpened::hands_over() const {
    if (reason == Reason::log_lost) return !server_certificate.empty();
    return by_vendor(reason) || reason == Reason::rotated;
}
inline bool IncarnationOpened::keeps_all() const { return hands_over() && !begins_log(reason) && known_head.empty(); }

/// The last thing that the key signs: people had it destroyed. Nothing follows but a hand-over.
struct KeyCleared {
    Digest key_digest;  ///< Suite's hash of the DER SubjectPublicKeyInfo.
    bool operator==(const KeyCleared&) const = default;
};

/// A seat of an earlier incarnation that the log does not have, as its activation file proves it. What must be true of
/// it: ledger/core/adoption_proof.hpp.
struct AdoptionProven {
    SequenceNumber index;      ///< In the tree of that incarnation.
    Bytes event;               ///< Stored bytes of an event with a seat.
    std::vector<Digest> path;  ///< Inclusion proof.
    std::string head;          ///< Signed checkpoint.
    bool operator==(const AdoptionProven&) const = default;
};
/// The seat is held again; unconfirmed until it is renewed.
struct SeatAdopted : Seat {
    SequenceNumber proof;  ///< Its AdoptionProven.
    bool operator==(const SeatAdopted&) const = default;
};
struct AdoptionRefused {
    ActivationId activation_id;
    bool operator==(const AdoptionRefused&) const = default;
};
/// A short lease on a seat that is unclaimed; repeated for each renewal.
struct SeatLent : Seat {};
/// Seats that nobody claimed are free again.
struct UnclaimedFreed : UnclaimedSeats {};

struct LogKeyCreated {
    std::array<std::uint8_t, 16> key_id{};
    Digest key_digest;
    std::string reader;
    Timestamp expires;  ///< 0: never.
    bool operator==(const LogKeyCreated&) const = default;
};
struct LogKeyRevoked {
    std::array<std::uint8_t, 16> key_id{};
    bool operator==(const LogKeyRevoked&) const = default;
};

/// A seat kept for a desktop of the previous product; SeatActivated under the same activation id claims it.
struct LegacySeatReserved {
    ActivationId activation_id;
    std::string license_id;
    std::string product;
    Components components;   ///< As in Seat.
    Digest record;           ///< legacy_record_digest() of the old record's key.
    Timestamp activated_at;  ///< In the previous product; 0: not known.
    Timestamp reserved_until;
    bool operator==(const LegacySeatReserved&) const = default;
};
struct LegacySeatFreed {
    ActivationId activation_id;
    bool operator==(const LegacySeatFreed&) const = default;
};

/// Somebody got a statement of who held which seat at a time; this event proves it. docs/formats/report.md.
struct ReportIssued {
    Timestamp as_of;             ///< That was asked for; before the event's own time.
    TreeSize size;               ///< Events with a time up to as_of; not 0.
    std::uint64_t seats = 0;     ///< That the statement names.
    Digest root;                 ///< Of the tree of that size.
    Digest digest;               ///< SHA-256 of the statement.
    bool personal_data = false;  ///< Personal values were handed out beside it.
    bool operator==(const ReportIssued&) const = default;
};

/// In the order of events.capnp's union.
using EventBody = std::variant<LedgerCreated, ServerCertified, LicenseImported, RevocationImported, EnrolmentKeyCreated,
                               EnrolmentKeyRevoked, SettingChanged, TlsCertificateChanged, SeatActivated, SeatRenewed,
                               SeatDeviceChanged, SeatReleased, SeatExpired, AnnexErased, TimePutInDoubt, TimeConfirmed,
                               TimeConfirmationUndone, ServerStarted, IncarnationOpened, KeyCleared, AdoptionProven,
                               SeatAdopted, AdoptionRefused, SeatLent, UnclaimedFreed, LogKeyCreated, LogKeyRevoked,
                               LegacySeatReserved, LegacySeatFreed, ReportIssued>;

/// "seat_activated": for logs, reports and JSON. One name a kind, in the union's order.
[[nodiscard]] std::string_view kind_name(const EventBody& body);
/// In the enum's order: for logs, reports and JSON.
constexpr std::array<std::string_view, 7> reason_names{"anchor",   "restored", "witness",         "reendorsed",
                                                       "log_lost", "rotated",  "log_and_key_lost"};
[[nodiscard]] std::string_view reason_name(IncarnationOpened::Reason reason);

struct Event {
    SequenceNumber sequence_number;
    Timestamp time;
    std::string origin;
    Actor actor;
    boost::container::small_vector<Commitment, annex_field_count> commitments;  ///< Sorted by field, each once.
    EventBody body;
    bool operator==(const Event&) const = default;

    /// The seat that this event leaves behind, or nullptr: SeatActivated, SeatRenewed, SeatDeviceChanged, SeatAdopted
    /// and SeatLent have one.
    [[nodiscard]] const Seat* seat() const;
};

/// What a decision wants written; the sequencer gives it number, time and origin, and the annex its commitments.
struct EventDraft {
    Actor actor;
    EventBody body;
    std::vector<AnnexValue> annex;  ///< Sorted by field, each once; salts are fresh random bytes.
};

/// hash(salt || value): what stands in the event for an annex value (design section 4, personal data).
[[nodiscard]] Digest commitment_digest(const Suite& suite, const AnnexValue& value);
void add_commitment(HashBatch& batch, const AnnexValue& value);  ///< The same, with others.

}  // namespace ledger
