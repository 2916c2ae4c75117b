#pragma once
// projections/state/errc.hpp: what the rules of the seat book find wrong in a log (invariants L4, L5, L11). Messages:
// projections/state/errc.cpp. Every one carries the fact `index`, the event's sequence number.

#include <system_error>

#include "ledger/core/message.hpp"

namespace projections {

enum class errc {
    // L4
    seat_beyond_quota = 1,      ///< facts: license, used, limit
    seat_license_unknown,       ///< facts: license
    seat_license_not_valid,     ///< outside its dates, superseded or revoked at that time. facts: license, at
    unclaimed_seats_wrong,      ///< not what follows from the head that was known. facts: incarnation
    seat_license_mismatch,      ///< the licence is for another product, or the lease is not what its terms give
    adoption_beyond_unclaimed,  ///< more than are unclaimed, without a person. facts: license
    lent_beyond_unclaimed,      ///< facts: license, unclaimed
    freed_wrong,                ///< more than are unclaimed, or too early. facts: license
    // L7
    device_salt_differs,  ///< the genesis of a ledger whose log was lost has another salt than the anchor
    // L5
    adoption_proof_wrong,    ///< facts: problem
    adoption_needless,       ///< the ledger has something as new. facts: activation
    adoption_without_proof,  ///< facts: activation
    seat_twice,              ///< the same device has a seat of this product. facts: activation, other
    activation_id_twice,     ///< facts: activation
    activation_not_active,   ///< a seat event about an activation that has no seat. facts: activation
    seat_changed_hands,      ///< an event changes a seat's product or device key. facts: activation
    // Seats of the previous product. Facts: activation, and those named.
    legacy_record_twice,        ///< one old record, two reservations
    legacy_claim_wrong,         ///< a seat is claimed for another product, or by a device that does not agree with it
    legacy_seat_passed_over,    ///< a device got a new seat, and one was kept for it. other
    legacy_seat_not_open,       ///< freed, and there was none, or it was claimed or freed before
    legacy_freed_too_early,     ///< at, reserved_until
    legacy_freed_unauthorised,  ///< by less than the authority of two people
    // L11
    time_went_back,           ///< facts: at, last
    expired_too_early,        ///< facts: activation, at, grace_ends
    expired_in_doubt,         ///< facts: activation
    time_confirmation_wrong,  ///< confirmed without doubt, or undone what was not there, or by another span
    // Others
    authority_missing,   ///< an event that takes the HSM's PIN and a typed confirmation
    event_out_of_place,  ///< a second genesis, or an event before it, or not the next number
    license_unreadable,  ///< the fold cannot read a licence or revocation. facts: license
    report_wrong,        ///< a report that cannot be: of events that were not there yet, or of a time to come
    state_malformed,     ///< bytes that StateWriter would not have written; no finding, so without `index`
    // Statements of who held which seat; no findings, so without `index`.
    statement_malformed,
    statement_before_ledger,  ///< a time before the first event. facts: at, first
    statement_ahead,          ///< a time to come. facts: at
};

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace projections

template <>
struct std::is_error_code_enum<projections::errc> : std::true_type {};
