#pragma once
// ledger/core/event.hpp: events as plain values, for those who decide, fold and judge them. The stored form and its
// limits: ledger/core/event_codec.hpp and docs/formats/event.md. Field meanings and byte lengths: events.capnp.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/core/hash_batch.hpp"
#include "ledger/core/incarnation_events.hpp"
#include "ledger/core/seat_events.hpp"

namespace ledger {

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
