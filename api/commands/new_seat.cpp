#include "api/commands/new_seat.hpp"

#include "api/commands/legacy_seats.hpp"
#include "api/commands/license_choice.hpp"
#include "api/commands/recorded_components.hpp"
#include "projections/state/adoption_rules.hpp"
#include "projections/state/lease.hpp"

namespace api::commands {
namespace {

ledger::Seat seat_for(const ActivateSeat& command, const LegacyClaim& place, const projections::Lease& lease,
                      const Context& context) {
    const projections::License& from = context.state.licenses().at(place.license);
    return {place.id,
            from.terms.license_id,
            command.product,
            recorded_components(command.components, from.product, context),
            command.device_public_key,
            lease.ends,
            lease.grace_ends};
}

}  // namespace

ledger::Result<SeatDecision> grant_new_seat(const ActivateSeat& command, ledger::Actor actor, const Context& context) {
    const auto product = context.state.licenses().find_product(command.product);
    ACTLEDGER_ASSERT(product.has_value());
    ACTLEDGER_TRY(auto place, find_claim(*product, command.components, context));
    if (!place) {
        ACTLEDGER_TRY(const auto chosen, choose_license(*product, command.components, context));
        place = LegacyClaim{command.id_if_new, chosen};
    }
    const ledger::LicenseTerms& terms = context.state.licenses().at(place->license).terms;
    SeatDecision result;
    result.change = SeatDecision::Change::created;
    result.seat = seat_for(command, *place, projections::lease_from(terms.lease, context.judged()), context);
    result.activated = result.current = context.moment.next;
    result.renew_after = projections::renew_after(result.seat, terms.lease);
    result.decision.drafts.push_back({std::move(actor), ledger::SeatActivated{result.seat}, command.annex});
    return result;
}

std::optional<SeatDecision> lend_new_seat(const ActivateSeat& command, ledger::Actor actor, const Context& context) {
    const auto& licenses = context.state.licenses();
    const auto product = licenses.find_product(command.product);
    ACTLEDGER_ASSERT(product.has_value());
    for (const projections::LicenseIndex index : licenses.of_product(*product)) {
        const auto& seats = context.state.seats();
        if (!is_usable(index, context) || seats.lent_of(index) >= seats.unclaimed_of(index) ||
            !check_recognisable(index, command.components, context)) {
            continue;
        }
        SeatDecision result;
        result.change = SeatDecision::Change::lent;
        result.standing = projections::SeatStanding::lent;
        result.seat = seat_for(command, {command.id_if_new, index},
                               projections::lent_lease(context.state.settings(), context.judged()), context);
        result.activated = result.current = context.moment.next;
        result.renew_after = projections::renew_lent_after(context.state.settings(), result.seat);
        result.decision.drafts.push_back({std::move(actor), ledger::SeatLent{result.seat}, command.annex});
        return result;
    }
    return std::nullopt;
}

bool may_lend_on(projections::LicenseIndex license, const Context& context) {
    const auto& seats = context.state.seats();
    return is_usable(license, context) && seats.lent_of(license) <= seats.unclaimed_of(license);
}

std::optional<ledger::Timestamp> renew_after(const projections::SeatMatch& match, const Context& context) {
    if (match.held.standing == projections::SeatStanding::lent) {
        return projections::renew_lent_after(context.state.settings(), match.seat);
    }
    return projections::renew_after(match.seat, context.state.licenses().at(match.held.license).terms.lease);
}

}  // namespace api::commands
