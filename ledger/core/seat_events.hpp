#pragma once
// ledger/core/seat_events.hpp: who holds which seat: events about one device each. Field meanings and byte lengths:
// events.capnp.

#include <vector>

#include "ledger/core/event_fields.hpp"

namespace ledger {

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

}  // namespace ledger
