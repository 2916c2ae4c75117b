#include "api/commands/enrolment.hpp"
#include "api/commands/held_seat.hpp"
#include "api/commands/license_choice.hpp"
#include "api/commands/new_seat.hpp"
#include "api/commands/recorded_components.hpp"
#include "api/commands/seat_commands.hpp"
#include "projections/state/adoption_rules.hpp"
#include "projections/state/lease.hpp"

namespace api::commands {
namespace {

using projections::LicenseIndex;

/// Whoever asks is the device that holds the seat. @return the actor that the events will name
ledger::Result<ledger::Actor> check_proof(const RenewSeat& command, const projections::SeatMatch& match,
                                          const Context& context) {
    const ledger::DeviceRule& rule = context.state.licenses().at(match.held.license).terms.device;
    const bool agrees =
        command.components && projections::same_device(rule, *command.components, match.seat.components);
    const ledger::Error mismatch{errc::device_mismatch, {}, {{"activation", command.id.text()}}};
    if (const auto* key = std::get_if<DeviceKeyProof>(&command.proof)) {
        ACTLEDGER_CHECK(check_device_key(match.seat, key->public_key));
        // A key that was copied to another machine.
        if (command.components && !agrees) return mismatch;
        return ledger::Actor{ledger::Actor::Kind::device, ledger::Actor::Authority::device_key, {}};
    }
    ACTLEDGER_TRY(ledger::Actor actor, admit(std::get<EnrolmentKeyProof>(command.proof).enrolment_key, context));
    if (!agrees) return mismatch;
    return actor;
}

/// Whether a seat that is lent can be granted: one more than is used, with its reservation.
bool has_room_for_lent(LicenseIndex license, const Context& context) {
    const ledger::LicenseTerms& terms = context.state.licenses().at(license).terms;
    const std::uint64_t used = context.state.seats().used_if_granted(license);
    if (used > terms.quantity) return false;
    context.reservations.want(terms.license_id, used);
    return used <= context.reservations.reserved(terms.license_id);
}

/// The licence that a new lease is given under: the seat's own, or the one that superseded it, as long as it is valid;
/// else another one with a free seat.
ledger::Result<LicenseIndex> license_to_renew(const projections::SeatMatch& match,
                                              projections::ComponentView components, const Context& context) {
    const LicenseIndex heir = context.state.licenses().holder(match.held.license);
    const bool lent = match.held.standing == projections::SeatStanding::lent;
    if (!is_usable(heir, context) || (lent && !has_room_for_lent(heir, context))) {
        return choose_license(context.state.licenses().at(heir).product, components, context);
    }
    ACTLEDGER_CHECK(check_recognisable(heir, components, context));
    return heir;
}

struct NewLease {
    std::string license_id;
    projections::Lease lease;
    ledger::LeaseTerms terms;
    bool lent = false;
    [[nodiscard]] std::optional<ledger::Timestamp> renew_after_of(const ledger::Seat& seat,
                                                                  const Context& context) const {
        if (lent) return projections::renew_lent_after(context.state.settings(), seat);
        return projections::renew_after(seat, terms);
    }
};

/// A seat that is lent becomes an ordinary one as soon as one is free, and is lent on while some are unclaimed.
ledger::Result<NewLease> lease_to_renew(const projections::SeatMatch& match, projections::ComponentView components,
                                        const Context& context) {
    const auto index = license_to_renew(match, components, context);
    if (index) {
        const ledger::LicenseTerms& terms = context.state.licenses().at(*index).terms;
        return NewLease{terms.license_id, projections::lease_from(terms.lease, context.judged()), terms.lease};
    }
    const bool lent = match.held.standing == projections::SeatStanding::lent;
    const LicenseIndex heir = context.state.licenses().holder(match.held.license);
    if (!lent || index.error().code != errc::quota_reached || !may_lend_on(heir, context)) return index.error();
    const ledger::LicenseTerms& terms = context.state.licenses().at(heir).terms;
    return NewLease{terms.license_id, projections::lent_lease(context.state.settings(), context.judged()), terms.lease,
                    true};
}

/// What was adopted is confirmed by the first renewal that its device signs.
bool confirms(const RenewSeat& command, const projections::SeatMatch& match, const Context& context) {
    const bool unconfirmed = match.held.standing == projections::SeatStanding::unconfirmed ||
                             match.held.standing == projections::SeatStanding::collected;
    return unconfirmed && std::holds_alternative<DeviceKeyProof>(command.proof) &&
           is_usable(context.state.licenses().holder(match.held.license), context);
}

bool is_due(const SeatDecision& result, const Context& context) {
    return result.renew_after && *result.renew_after <= context.judged();
}

}  // namespace

ledger::Result<SeatDecision> decide(const RenewSeat& command, const Context& context) {
    ACTLEDGER_TRY(const projections::SeatMatch match, look_up(command.id, context));
    ACTLEDGER_TRY(const ledger::Actor actor, check_proof(command, match, context));
    const projections::License& license = context.state.licenses().at(match.held.license);
    SeatDecision result;
    result.seat = match.seat;
    result.activated = match.held.activated;
    result.current = match.held.current;
    result.standing = match.held.standing;
    result.renew_after = renew_after(match, context);
    result.decision.rests_on = match.held.current;
    const bool due = is_due(result, context) || confirms(command, match, context);

    if (command.components) {
        ledger::Components updated =
            updated_components(match.seat.components, *command.components, license.product, context);
        if (updated != match.seat.components) {
            result.seat.components = std::move(updated);
            result.change = SeatDecision::Change::device_changed;
            result.decision.drafts.push_back({actor, ledger::SeatDeviceChanged{result.seat}, {}});
        }
    }
    if (due) {
        ACTLEDGER_TRY(const NewLease lease, lease_to_renew(match, result.seat.components, context));
        result.seat.license_id = lease.license_id;
        result.seat.lease_ends = lease.lease.ends;
        result.seat.grace_ends = lease.lease.grace_ends;
        result.renew_after = lease.renew_after_of(result.seat, context);
        result.standing = lease.lent ? projections::SeatStanding::lent : projections::SeatStanding::granted;
        result.change = SeatDecision::Change::renewed;
        ledger::EventBody body = ledger::SeatRenewed{result.seat};
        if (lease.lent) body = ledger::SeatLent{result.seat};
        result.decision.drafts.push_back({actor, std::move(body), {}});
    }
    if (!result.decision.drafts.empty()) {
        result.decision.drafts.back().annex = command.annex;
        result.current = {context.moment.next.value + result.decision.drafts.size() - 1};
    }
    return result;
}

}  // namespace api::commands
