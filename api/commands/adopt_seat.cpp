#include <algorithm>

#include "api/commands/held_seat.hpp"
#include "api/commands/license_choice.hpp"
#include "api/commands/new_seat.hpp"
#include "api/commands/recorded_components.hpp"
#include "api/commands/recovery_commands.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/time_text.hpp"
#include "projections/state/lease.hpp"

namespace api::commands {
namespace {

using ledger::Error;
using ledger::Result;
using projections::LicenseIndex;
using projections::ProofStanding;

const ledger::Actor device_actor{ledger::Actor::Kind::device, ledger::Actor::Authority::device_key, {}};

Error about(errc code, const ledger::Seat& seat) { return {code, {}, {{"activation", seat.activation_id.text()}}}; }

/// What a proof is adopted with, once it is known who asks.
struct Claim {
    const ledger::Actor& actor;
    const ledger::Seat& proven;
    const ledger::AdoptionProven* proof;  ///< nullptr: it is in the ledger already.
    const ActivateSeat* ask;              ///< nullptr: nobody asks for the device.
    bool beyond = false;                  ///< Also when nothing is unclaimed.
};

/// @return errc::adoption_license_unknown, adoption_license_revoked
Result<LicenseIndex> license_of(const ledger::Seat& proven, const Context& context) {
    const ledger::Fact license{"license", proven.license_id};
    const auto holder = context.state.licenses().holder_of(proven.license_id);
    if (!holder) return Error{errc::adoption_license_unknown, {}, {license}};
    if (context.state.licenses().at(*holder).status == projections::LicenseStatus::revoked) {
        return Error{errc::adoption_license_revoked, {}, {license}};
    }
    return *holder;
}

Result<void> check_owner(const ActivateSeat& ask, const ledger::Seat& proven, LicenseIndex holder,
                         const Context& context) {
    if (ask.product != proven.product) {
        return Error{errc::adoption_other_product, {}, {{"product", proven.product}, {"asked", ask.product}}};
    }
    const ledger::DeviceRule& rule = context.state.licenses().at(holder).terms.device;
    if (proven.device_public_key.empty() || ask.device_public_key != proven.device_public_key ||
        !projections::same_device(rule, ask.components, proven.components)) {
        return about(errc::adoption_other_device, proven);
    }
    return {};
}

/// What the ledger has already, instead of an adoption. @return errc::adoption_superseded, adoption_released,
/// adoption_refused
Result<void> check_standing(ProofStanding standing, const ledger::Seat& proven) {
    if (standing == ProofStanding::older) return about(errc::adoption_superseded, proven);
    if (standing == ProofStanding::released) return about(errc::adoption_released, proven);
    if (standing == ProofStanding::refused) return about(errc::adoption_refused, proven);
    return {};
}

SeatDecision unchanged(const projections::SeatMatch& match, const Context& context) {
    SeatDecision result;
    result.seat = match.seat;
    result.activated = match.held.activated;
    result.current = match.held.current;
    result.standing = match.held.standing;
    result.renew_after = renew_after(match, context);
    result.decision.rests_on = match.held.current;
    return result;
}

/// Held by this proof already. A device that shows it itself confirms what somebody else had collected.
Result<SeatDecision> again(const Claim& claim, LicenseIndex holder, const Context& context) {
    ACTLEDGER_TRY(const projections::SeatMatch match, look_up(claim.proven.activation_id, context));
    SeatDecision result = unchanged(match, context);
    const bool confirms = claim.ask != nullptr && match.held.standing == projections::SeatStanding::collected &&
                          is_usable(holder, context);
    if (!confirms) return result;
    const ledger::LicenseTerms& terms = context.state.licenses().at(holder).terms;
    const projections::Lease lease = projections::lease_from(terms.lease, context.judged());
    result.change = SeatDecision::Change::renewed;
    result.standing = projections::SeatStanding::granted;
    result.seat.license_id = terms.license_id;
    result.seat.lease_ends = lease.ends;
    result.seat.grace_ends = lease.grace_ends;
    result.current = context.moment.next;
    result.renew_after = projections::renew_after(result.seat, terms.lease);
    result.decision.drafts.push_back({claim.actor, ledger::SeatRenewed{result.seat}, claim.ask->annex});
    return result;
}

/// The proof, then what is given back for it, then the seat.
SeatDecision adopt(const Claim& claim, LicenseIndex holder, const std::optional<projections::SeatMatch>& other,
                   const Context& context) {
    const projections::License& license = context.state.licenses().at(holder);
    SeatDecision result;
    auto& drafts = result.decision.drafts;
    ledger::SequenceNumber proof = context.moment.next;
    if (claim.proof != nullptr) {
        drafts.push_back({claim.actor, *claim.proof, {}});
    } else {
        proof = context.state.adoptions().find(claim.proven.activation_id)->proof;
    }
    if (other) drafts.push_back({claim.actor, ledger::SeatReleased{other->held.id}, {}});
    const auto lease = projections::adopted_lease(context.state.licenses(), holder, claim.proven, context.judged(),
                                                  context.in_doubt());
    result.change = SeatDecision::Change::adopted;
    result.standing = claim.actor.kind == ledger::Actor::Kind::device ? projections::SeatStanding::unconfirmed
                                                                      : projections::SeatStanding::collected;
    result.seat = claim.proven;
    result.seat.license_id = license.terms.license_id;
    if (claim.ask != nullptr) {
        result.seat.components =
            updated_components(claim.proven.components, claim.ask->components, license.product, context);
    }
    result.seat.lease_ends = lease.ends;
    result.seat.grace_ends = lease.grace_ends;
    result.renew_after = projections::renew_after(result.seat, license.terms.lease);
    result.current = {context.moment.next.value + drafts.size()};
    const auto held = context.state.seats().find(claim.proven.activation_id);
    result.activated = held ? held->activated : result.current;
    drafts.push_back({claim.actor, ledger::SeatAdopted{result.seat, proof},
                      claim.ask == nullptr ? std::vector<ledger::AnnexValue>() : claim.ask->annex});
    return result;
}

/// Nothing is unclaimed: a free seat for a device that asks itself, else it waits.
Result<SeatDecision> without_unclaimed(const Claim& claim, const Context& context) {
    if (claim.ask != nullptr) {
        auto granted = grant_new_seat(*claim.ask, claim.actor, context);
        if (granted || granted.error().code != errc::quota_reached) return granted;
    }
    SeatDecision result;
    result.change = SeatDecision::Change::pending;
    result.seat = claim.proven;
    const projections::Adoption* const adoption = context.state.adoptions().find(claim.proven.activation_id);
    result.activated = result.current = claim.proof != nullptr ? context.moment.next : adoption->proof;
    result.decision.rests_on = result.current;
    if (claim.proof != nullptr) result.decision.drafts.push_back({claim.actor, *claim.proof, {}});
    return result;
}

/// A device has one seat at a time, so files of several activations of one device are of one seat, whose place was
/// counted once. Whoever has taken that place already takes no second one: else a device that gave its seat back and
/// asked anew before the loss could use up, file by file, what others hold (L4).
bool is_right_of_before(const projections::HeldSeat& other, LicenseIndex holder, const Context& context) {
    if (other.standing == projections::SeatStanding::lent) return false;
    const projections::Adoption* const adoption = context.state.adoptions().find(other.id);
    if (adoption != nullptr && adoption->standing == projections::Adoption::Standing::adopted) return true;
    const auto& opened = context.state.identity().incarnations().opened();
    const bool from_before = !opened.empty() && other.activated < opened.back().opened_by;
    return from_before && context.state.licenses().holder(other.license) == holder;
}

Result<SeatDecision> settle(const Claim& claim, LicenseIndex holder, const Context& context) {
    const ledger::Seat& proven = claim.proven;
    const bool over = proven.grace_ends.us != 0 && proven.grace_ends <= context.judged() && !context.in_doubt();
    if (over) {
        return Error{errc::adoption_lease_over,
                     {},
                     {{"activation", proven.activation_id.text()}, {"at", ledger::time_text(proven.grace_ends)}}};
    }
    const auto product = context.state.licenses().at(holder).product;
    ACTLEDGER_TRY(auto other,
                  context.state.seats().match(product, claim.ask == nullptr ? proven.components : claim.ask->components,
                                              proven.device_public_key, context.seats));
    const auto& seats = context.state.seats();
    const bool own = other && other->held.id == proven.activation_id;
    if (other && !own && !claim.beyond && is_right_of_before(other->held, holder, context)) {
        return unchanged(*other, context);
    }
    if (claim.beyond || seats.is_taken(proven.activation_id, holder) || seats.unclaimed_of(holder) > 0) {
        return adopt(claim, holder, own ? std::nullopt : other, context);
    }
    if (other) return unchanged(*other, context);  // it has a seat: the file's is not needed
    if (seats.find(proven.activation_id)) {
        ACTLEDGER_TRY(const projections::SeatMatch held, look_up(proven.activation_id, context));
        return unchanged(held, context);
    }
    return without_unclaimed(claim, context);
}

Result<SeatDecision> decide_claim(const ledger::Actor& actor, const VerifiedProof& proof, const ActivateSeat* ask,
                                  const Context& context) {
    const ledger::Seat& proven = proof.seat.seat();
    ACTLEDGER_TRY(const LicenseIndex holder, license_of(proven, context));
    if (ask != nullptr) ACTLEDGER_CHECK(check_owner(*ask, proven, holder, context));
    ACTLEDGER_TRY(const ProofStanding standing, projections::stand_of(context.state, context.seats, proof.seat));
    ACTLEDGER_CHECK(check_standing(standing, proven));
    const Claim claim{actor, proven, standing == ProofStanding::pending ? nullptr : &proof.proven, ask};
    if (standing == ProofStanding::held) return again(claim, holder, context);
    return settle(claim, holder, context);
}

bool is_of(const ledger::KeyEpochs& keys, const ledger::Certificate& certificate) {
    const auto key = certificate.public_key(ledger::default_suite().id());
    const std::vector<ledger::Bytes> known = keys.spkis();
    return key && std::find(known.begin(), known.end(), key->spki()) != known.end();
}

Result<const projections::Adoption*> find_pending(const ledger::ActivationId& id, const Context& context) {
    const projections::Adoption* const adoption = context.state.adoptions().find(id);
    if (adoption == nullptr || adoption->standing != projections::Adoption::Standing::pending) {
        return Error{errc::adoption_unknown, {}, {{"activation", id.text()}}};
    }
    return adoption;
}

}  // namespace

Result<VerifiedProof> prepare_proof(std::string_view text, const Preparation& preparation,
                                    const ledger::KeyEpochs& keys, const ledger::Origin& present) {
    ACTLEDGER_TRY(const ledger::ActivationFile file, ledger::ActivationFile::parse(text));
    ACTLEDGER_TRY(const ledger::VerifiedEvent verified, ledger::verify_activation_file(file, preparation.vendor_root));
    if (verified.origin.server_id != preparation.server_id) {
        return Error{errc::adoption_foreign, {}, {{"server", verified.origin.server_id}}};
    }
    if (verified.origin.incarnation >= present.incarnation) {
        return Error{errc::adoption_needless, {}, {{"activation", verified.event.seat()->activation_id.text()}}};
    }
    ledger::AdoptionProven proven = ledger::adoption_of(file);
    auto seat = ledger::verify_adoption(preparation.suite, proven, keys, present);
    // The vendor certified its key for this server. That says nothing of when it reigned (ADR 37).
    if (!seat && seat.error().code == ledger::errc::unknown_key && !is_of(keys, verified.server_certificate)) {
        return Error{errc::adoption_key_missing, {}, {{"origin", verified.origin.text()}}};
    }
    if (!seat) return seat.error();
    if (projections::is_loan(*seat)) return about(errc::adoption_provisional, seat->seat());
    return VerifiedProof{std::move(proven), *std::move(seat)};
}

Result<SeatDecision> decide(const AdoptSeat& command, const Context& context) {
    return decide_claim(device_actor, command.proof, &command.ask, context);
}

Result<SeatDecision> decide(const ImportAdoption& command, const Context& context) {
    return decide_claim(command.actor, command.proof, nullptr, context);
}

Result<SeatDecision> decide(const ApproveAdoption& command, const Context& context) {
    ACTLEDGER_TRY(const projections::Adoption* const adoption, find_pending(command.id, context));
    ACTLEDGER_TRY(const ledger::Seat proven, context.seats.seat(adoption->proof));
    ACTLEDGER_TRY(const LicenseIndex holder, license_of(proven, context));
    return settle({command.actor, proven, nullptr, nullptr, true}, holder, context);
}

Result<ledger::Decision> decide(const RefuseAdoption& command, const Context& context) {
    ACTLEDGER_CHECK(find_pending(command.id, context));
    return ledger::Decision{{{command.actor, ledger::AdoptionRefused{command.id}, {}}}, {}};
}

Result<ledger::Decision> decide(const FreeUnclaimed& command, const Context& context) {
    const auto holder = context.state.licenses().holder_of(command.license_id);
    const ledger::Fact license{"license", command.license_id};
    if (!holder) return Error{errc::license_unknown, {}, {license}};
    const std::uint64_t unclaimed = context.state.seats().unclaimed_of(*holder);
    if (command.seats.value_or(0) > unclaimed) {
        return Error{errc::free_too_many, {}, {license, {"unclaimed", std::to_string(unclaimed)}}};
    }
    const std::uint64_t seats = command.seats.value_or(unclaimed);
    if (seats == 0) return context.nothing_to_do();
    if (context.in_doubt()) return Error{errc::free_time_in_doubt, {}, {license}};
    const auto from = projections::free_after(context.state);
    if (!from || context.judged() < *from) {
        const auto days = ledger::day * context.state.settings().unclaimed_free_after_days();
        const ledger::Timestamp earliest = from ? *from : context.judged() + days;
        return Error{errc::free_too_early, {}, {license, {"from", ledger::time_text(earliest)}}};
    }
    return ledger::Decision{{{command.actor, ledger::UnclaimedFreed{{command.license_id, seats}}, {}}}, {}};
}

Result<std::vector<PendingAdoption>> list_pending(const Context& context, std::size_t most) {
    std::vector<PendingAdoption> list;
    for (const auto& one : context.state.adoptions().list_pending(most)) {
        ACTLEDGER_TRY(const ledger::Seat seat, context.seats.seat(one.adoption.proof));
        list.push_back({one.id, one.adoption.proof, one.adoption.rank, seat.license_id, seat.product});
    }
    return list;
}

}  // namespace api::commands
