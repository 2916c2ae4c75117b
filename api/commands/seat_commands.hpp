#pragma once
// api/commands/seat_commands.hpp: what desktops and operators ask about seats, and how it is decided (invariants L4,
// L5, L11). The rule of the same device: docs/formats/components.md; which licence: docs/adr/0012-license-stacking.md.

#include <optional>

#include "api/commands/context.hpp"

namespace api::commands {

/// A decision about a seat, and what the answer will say once it is durable.
struct SeatDecision {
    enum class Change {
        created,
        unchanged,
        device_changed,
        renewed,
        released,
        adopted,  ///< Held again since a loss.
        lent,     ///< New, for a short while, on a seat that is unclaimed.
        pending   ///< No seat yet: an administrator has to agree.
    };
    ledger::Decision decision;
    Change change = Change::unchanged;
    ledger::Seat seat;                 ///< As it stands after the decision.
    ledger::SequenceNumber activated;  ///< The SeatActivated; its time is the activation's.
    ledger::SequenceNumber current;    ///< The newest event with the seat: what the file is made of.
    projections::SeatStanding standing = projections::SeatStanding::granted;
    std::optional<ledger::Timestamp> renew_after;  ///< Nothing: perpetual. Before it a renewal changes nothing.
};

/// POST /v1/activations, as it comes in.
struct ActivateSeatRequest {
    std::string product;
    std::vector<ledger::RawComponent> components;
    ledger::Bytes device_public_key;            ///< DER SubjectPublicKeyInfo.
    std::optional<std::string> enrolment_key;   ///< The key's text.
    std::optional<std::string> device_name;     ///< At most 255 bytes; goes to the annex.
    std::optional<std::string> device_address;  ///< The same.
};

/// Prepared: hashed, with what may become the new seat's id.
struct ActivateSeat {
    std::string product;
    ledger::Components components;
    ledger::Bytes device_public_key;
    std::optional<ledger::Digest> enrolment_key;
    std::vector<ledger::AnnexValue> annex;
    ledger::ActivationId id_if_new;
};
/// @return errc::product_malformed, device_key_malformed, device_name_malformed, ledger::errc::malformed_component
[[nodiscard]] ledger::Result<ActivateSeat> prepare(ActivateSeatRequest request, const Preparation& preparation);
/// A new seat, or the one that the device has already (with a SeatDeviceChanged if its components changed). Where none
/// is free and some are unclaimed since a loss, one of those for a short while (Change::lent).
/// @return errc::enrolment_key_invalid, enrolment_closed, product_unknown, device_components_insufficient,
///         no_valid_license, quota_reached, seats_not_reserved
[[nodiscard]] ledger::Result<SeatDecision> decide(const ActivateSeat& command, const Context& context);

/// Proof that the device's key signed this request: checked by the caller against `public_key`, which must still be the
/// seat's when it is decided.
struct DeviceKeyProof {
    ledger::Bytes public_key;  ///< DER SubjectPublicKeyInfo.
};
/// A reset desktop that lost its key shows the pool's key, and components that match.
struct EnrolmentKeyProof {
    ledger::Digest enrolment_key;
};
/// A person; kind and authority as they stand in the event.
struct OperatorProof {
    ledger::Actor actor;
};

struct RenewSeat {
    ledger::ActivationId id;
    std::variant<DeviceKeyProof, EnrolmentKeyProof> proof;
    std::optional<ledger::Components> components;  ///< hash_components; a changed one is recorded with the renewal.
    std::vector<ledger::AnnexValue> annex;         ///< device_address.
};
/// A new lease from now on; too early or perpetual: the seat as it is, with no event.
/// @return errc::activation_unknown, activation_released, device_mismatch, enrolment_key_invalid, no_valid_license,
///         quota_reached, seats_not_reserved
[[nodiscard]] ledger::Result<SeatDecision> decide(const RenewSeat& command, const Context& context);

struct ReleaseSeat {
    ledger::ActivationId id;
    std::variant<DeviceKeyProof, OperatorProof> proof;
};
/// Gives the seat back. Releasing one that was lately released, or has run out, is a success without an event.
/// @return errc::activation_unknown, device_mismatch
[[nodiscard]] ledger::Result<SeatDecision> decide(const ReleaseSeat& command, const Context& context);

/// GET /v1/activations/{id}: no event; rests on the seat's current one.
struct FindSeat {
    ledger::ActivationId id;
};
/// Also of a seat that was lately given back (Change::released). @return errc::activation_unknown
[[nodiscard]] ledger::Result<SeatDecision> decide(const FindSeat& command, const Context& context);

/// An annex value with a fresh salt. Asserts the format's limit of 1,024 bytes.
[[nodiscard]] ledger::AnnexValue annex_value(ledger::AnnexField field, std::string value);

}  // namespace api::commands
