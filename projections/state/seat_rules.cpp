#include "projections/state/seat_rules.hpp"

#include "ledger/core/time_text.hpp"
#include "projections/state/adoption_rules.hpp"
#include "projections/state/device_match.hpp"
#include "projections/state/lease.hpp"

namespace projections {
namespace {

using ledger::Fact;

/// Judges one event; the findings gather here.
class Judgement {
 public:
    Judgement(const LedgerState& state, const SeatSource& source, const ledger::Event& event)
        : state_(state),
          source_(source),
          event_(event),
          judged_(state.time().judged(event.time)),
          in_doubt_(state.time().in_doubt()) {}

    ledger::Result<std::vector<ledger::Error>> run() {
        judge_place();
        auto read = std::visit([this](const auto& body) { return judge(body); }, event_.body);
        if (!read) return read.error();
        return std::move(findings_);
    }

 private:
    using Read = ledger::Result<void>;  // whether the log could be read

    void find(errc code, std::vector<Fact> facts = {}) {
        facts.push_back({"index", std::to_string(event_.sequence_number.value)});
        findings_.emplace_back(code, std::string(), std::move(facts));
    }
    void find(errc code, const ledger::ActivationId& id) { find(code, {{"activation", id.text()}}); }

    void judge_place() {
        const bool is_genesis = std::holds_alternative<ledger::LedgerCreated>(event_.body);
        if (event_.sequence_number != ledger::next_of(state_.size()) || is_genesis != (state_.size().value == 0)) {
            find(errc::event_out_of_place);
        }
        const ledger::Timestamp not_before = state_.time().standing().not_before;
        if (event_.time < not_before) {
            find(errc::time_went_back,
                 {{"at", ledger::time_text(event_.time)}, {"last", ledger::time_text(not_before)}});
        }
    }

    /// What a grant must keep to, whatever event makes it. @param is_new  it takes a seat that was free.
    void judge_grant(const ledger::Seat& seat, LicenseIndex index, bool is_new) {
        const License& license = state_.licenses().at(index);
        // Made only when there is something to say: an audit judges a million seats a second.
        const auto named = [&] {
            return std::vector<Fact>{{"license", seat.license_id}, {"at", ledger::time_text(judged_)}};
        };
        if (!is_valid(index)) find(errc::seat_license_not_valid, named());
        const bool as_granted = seat.product == license.terms.product &&
                                Lease{seat.lease_ends, seat.grace_ends} == lease_from(license.terms.lease, judged_) &&
                                usable_kinds(license.terms.device, seat.components) >= license.terms.device.match;
        if (!as_granted) find(errc::seat_license_mismatch, named());
        if (is_new) judge_quota(index, state_.seats().used(index));
    }

    /// One more than `used` are taken.
    void judge_quota(LicenseIndex index, std::uint64_t used) {
        const ledger::LicenseTerms& terms = state_.licenses().at(index).terms;
        if (used < terms.quantity) return;
        find(
            errc::seat_beyond_quota,
            {{"license", terms.license_id}, {"used", std::to_string(used)}, {"limit", std::to_string(terms.quantity)}});
    }

    [[nodiscard]] bool by_people() const {
        return event_.actor.kind == ledger::Actor::Kind::operator_ &&
               event_.actor.authority == ledger::Actor::Authority::hsm_pin_and_typed_confirmation;
    }

    [[nodiscard]] bool is_valid(LicenseIndex index) const {
        return in_doubt_ ? state_.licenses().at(index).status == LicenseStatus::live
                         : state_.licenses().valid_at(index, judged_);
    }

    [[nodiscard]] bool is_id_used(const ledger::ActivationId& id) const {
        return state_.seats().find(id) || state_.seats().find_released(id) != nullptr;
    }

    Read judge_no_other(const ledger::Seat& seat, LicenseIndex license) {
        ACTLEDGER_TRY(const auto other, state_.seats().match(state_.licenses().at(license).product, seat.components,
                                                             seat.device_public_key, source_));
        if (other && other->held.id != seat.activation_id) {
            find(errc::seat_twice, {{"activation", seat.activation_id.text()}, {"other", other->held.id.text()}});
        }
        return {};
    }

    Read judge(const ledger::SeatActivated& seat) {
        const LegacySeat* const kept = state_.seats().legacy().find(seat.activation_id);
        const bool claims = kept != nullptr && kept->status == LegacySeat::Status::open;
        if (is_id_used(seat.activation_id) || (kept != nullptr && !claims)) {
            find(errc::activation_id_twice, seat.activation_id);
        }
        const auto license = state_.licenses().find(seat.license_id);
        if (!license) {
            find(errc::seat_license_unknown, {{"license", seat.license_id}});
            return {};
        }
        judge_grant(seat, *license, !claims || state_.licenses().holder(kept->license) != *license);
        judge_claim(seat, claims ? kept : nullptr, *license);
        return judge_no_other(seat, *license);
    }

    Read judge(const ledger::AdoptionProven& proof) {
        const ledger::LedgerCreated* const genesis = state_.identity().genesis();
        if (genesis == nullptr) return {};  // found already
        const auto wrong = [&](const ledger::Error& error) {
            find(errc::adoption_proof_wrong, {{"problem", std::string(error.stable_code())}});
            return Read{};
        };
        const ledger::Suite* const suite = ledger::find_suite(genesis->suite);
        const auto present = ledger::Origin::parse(event_.origin);
        if (suite == nullptr || !present) return {};  // found where origins are judged
        const auto proven = ledger::verify_adoption(*suite, proof, state_.identity().keys(), *present);
        if (!proven) return wrong(proven.error());
        if (is_loan(*proven)) {
            find(errc::adoption_proof_wrong, {{"problem", "adoption-provisional"}});
            return {};
        }
        ACTLEDGER_TRY(const ProofStanding standing, stand_of(state_, source_, *proven));
        if (standing != ProofStanding::unknown) find(errc::adoption_needless, proven->seat().activation_id);
        return {};
    }

    Read judge(const ledger::SeatAdopted& seat) {
        const Adoption* const adoption = state_.adoptions().find(seat.activation_id);
        if (adoption == nullptr || adoption->standing == Adoption::Standing::adopted || adoption->proof != seat.proof) {
            find(errc::adoption_without_proof, seat.activation_id);
            return {};
        }
        ACTLEDGER_TRY(const ledger::Seat proven, source_.seat(adoption->proof));
        const auto holder = state_.licenses().holder_of(proven.license_id);
        if (!holder || state_.licenses().find(seat.license_id) != holder) {
            find(errc::seat_license_unknown, {{"license", seat.license_id}});
            return {};
        }
        const License& license = state_.licenses().at(*holder);
        if (license.status == LicenseStatus::revoked) {
            find(errc::seat_license_not_valid, {{"license", seat.license_id}, {"at", ledger::time_text(judged_)}});
        }
        const Lease lease{seat.lease_ends, seat.grace_ends};
        if (lease != adopted_lease(state_.licenses(), *holder, proven, judged_, in_doubt_)) {
            find(errc::seat_license_mismatch, {{"license", seat.license_id}, {"at", ledger::time_text(judged_)}});
        }
        if (proven.product != seat.product || proven.device_public_key != seat.device_public_key ||
            !same_device(license.terms.device, proven.components, seat.components)) {
            find(errc::seat_changed_hands, seat.activation_id);
        }
        const bool is_new = !state_.seats().is_taken(seat.activation_id, *holder);
        const bool beyond = is_new && state_.seats().unclaimed_of(*holder) == 0;
        if (beyond && !by_people()) find(errc::adoption_beyond_unclaimed, {{"license", seat.license_id}});
        if (adoption->standing == Adoption::Standing::refused && !by_people()) find(errc::authority_missing);
        return judge_no_other(seat, *holder);
    }

    Read judge(const ledger::AdoptionRefused& refused) {
        const Adoption* const adoption = state_.adoptions().find(refused.activation_id);
        if (adoption == nullptr || adoption->standing != Adoption::Standing::pending) {
            find(errc::adoption_without_proof, refused.activation_id);
        }
        if (!by_people()) find(errc::authority_missing);
        return {};
    }

    Read judge(const ledger::SeatLent& seat) {
        const auto index = state_.licenses().find(seat.license_id);
        if (!index) {
            find(errc::seat_license_unknown, {{"license", seat.license_id}});
            return {};
        }
        const License& license = state_.licenses().at(*index);
        const bool valid =
            in_doubt_ ? license.status == LicenseStatus::live : state_.licenses().valid_at(*index, judged_);
        if (!valid) {
            find(errc::seat_license_not_valid, {{"license", seat.license_id}, {"at", ledger::time_text(judged_)}});
        }
        if (seat.product != license.terms.product ||
            Lease{seat.lease_ends, seat.grace_ends} != lent_lease(state_.settings(), judged_) ||
            usable_kinds(license.terms.device, seat.components) < license.terms.device.match) {
            find(errc::seat_license_mismatch, {{"license", seat.license_id}, {"at", ledger::time_text(judged_)}});
        }
        const auto held = state_.seats().find(seat.activation_id);
        const std::uint64_t unclaimed = state_.seats().unclaimed_of(*index);
        if (state_.seats().lent_of(*index) + (held ? 0 : 1) > unclaimed) {
            find(errc::lent_beyond_unclaimed, {{"license", seat.license_id}, {"unclaimed", std::to_string(unclaimed)}});
        }
        return held ? judge_lent_again(seat, *held) : judge_lent_first(seat, *index);
    }

    Read judge_lent_first(const ledger::Seat& seat, LicenseIndex license) {
        if (state_.seats().find_released(seat.activation_id) != nullptr) {
            find(errc::activation_id_twice, seat.activation_id);
        }
        return judge_no_other(seat, license);
    }

    Read judge_lent_again(const ledger::Seat& seat, const HeldSeat& held) {
        ACTLEDGER_TRY(const ledger::Seat before, source_.seat(held.current));
        if (held.standing != SeatStanding::lent || before.product != seat.product ||
            before.device_public_key != seat.device_public_key || before.components != seat.components) {
            find(errc::seat_changed_hands, seat.activation_id);
        }
        return {};
    }

    Read judge(const ledger::UnclaimedFreed& freed) {
        const auto holder = state_.licenses().holder_of(freed.license_id);
        const auto from = free_after(state_);
        if (!holder || freed.seats > state_.seats().unclaimed_of(*holder) || !from || judged_ < *from) {
            find(errc::freed_wrong, {{"license", freed.license_id}});
        }
        if (!by_people()) find(errc::authority_missing);
        return {};
    }

    /// docs/formats/event.md, "Seats of the previous product", rules 3 and 4. @param kept  what the seat claims, if it
    /// does
    void judge_claim(const ledger::Seat& seat, const LegacySeat* kept, LicenseIndex license) {
        const Licenses& licenses = state_.licenses();
        if (kept != nullptr &&
            (kept->reserved.product != seat.product || !agrees_with(*kept, seat.components, licenses))) {
            find(errc::legacy_claim_wrong, seat.activation_id);
            return;
        }
        const LegacySeat* const due =
            state_.seats().legacy().match(licenses.at(license).product, seat.components, licenses);
        if (due == nullptr || due == kept) return;
        find(errc::legacy_seat_passed_over,
             {{"activation", seat.activation_id.text()}, {"other", due->reserved.activation_id.text()}});
    }

    Read judge(const ledger::LegacySeatReserved& reserved) {
        const Licenses& licenses = state_.licenses();
        const LegacySeats& legacy = state_.seats().legacy();
        if (is_id_used(reserved.activation_id) || legacy.find(reserved.activation_id) != nullptr) {
            find(errc::activation_id_twice, reserved.activation_id);
        }
        if (legacy.find_record(reserved.record) != nullptr) find(errc::legacy_record_twice, reserved.activation_id);
        const auto license = licenses.find(reserved.license_id);
        if (!license) {
            find(errc::seat_license_unknown, {{"license", reserved.license_id}});
            return {};
        }
        const std::vector<Fact> named{{"license", reserved.license_id}, {"at", ledger::time_text(judged_)}};
        const ledger::LicenseTerms& terms = licenses.at(*license).terms;
        if (!is_valid(*license)) find(errc::seat_license_not_valid, named);
        if (reserved.product != terms.product || usable_kinds(terms.device, reserved.components) == 0) {
            find(errc::seat_license_mismatch, named);
        }
        judge_quota(*license, state_.seats().used(*license));
        const ProductIndex product = licenses.at(*license).product;
        ACTLEDGER_TRY(const auto holder, state_.seats().match(product, reserved.components, {}, source_));
        const LegacySeat* const other = legacy.match(product, reserved.components, licenses);
        if (holder || other != nullptr) {
            find(errc::seat_twice, {{"activation", reserved.activation_id.text()},
                                    {"other", (holder ? holder->held.id : other->reserved.activation_id).text()}});
        }
        return {};
    }

    Read judge(const ledger::LegacySeatFreed& freed) {
        const LegacySeat* const kept = state_.seats().legacy().find(freed.activation_id);
        if (kept == nullptr || kept->status != LegacySeat::Status::open) {
            find(errc::legacy_seat_not_open, freed.activation_id);
            return {};
        }
        if (in_doubt_) find(errc::expired_in_doubt, freed.activation_id);
        if (judged_ < kept->reserved.reserved_until) {
            find(errc::legacy_freed_too_early, {{"activation", freed.activation_id.text()},
                                                {"at", ledger::time_text(judged_)},
                                                {"reserved_until", ledger::time_text(kept->reserved.reserved_until)}});
        }
        if (!by_people()) find(errc::legacy_freed_unauthorised, freed.activation_id);
        return {};
    }

    Read judge(const ledger::SeatRenewed& seat) {
        const auto held = state_.seats().find(seat.activation_id);
        const auto license = state_.licenses().find(seat.license_id);
        if (!held) find(errc::activation_not_active, seat.activation_id);
        if (!license) find(errc::seat_license_unknown, {{"license", seat.license_id}});
        if (!held || !license) return {};
        const bool same_license = state_.licenses().holder(held->license) == *license;
        judge_grant(seat, *license, !same_license);
        if (same_license && held->standing == SeatStanding::lent)
            judge_quota(*license, state_.seats().used_if_granted(*license) - 1);
        ACTLEDGER_TRY(const ledger::Seat before, source_.seat(held->current));
        if (before.product != seat.product || before.device_public_key != seat.device_public_key ||
            before.components != seat.components) {
            find(errc::seat_changed_hands, seat.activation_id);
        }
        return {};
    }

    Read judge(const ledger::SeatDeviceChanged& seat) {
        const auto held = state_.seats().find(seat.activation_id);
        if (!held) {
            find(errc::activation_not_active, seat.activation_id);
            return {};
        }
        ACTLEDGER_TRY(const ledger::Seat before, source_.seat(held->current));
        ledger::Seat expected = before;
        expected.components = seat.components;
        const ledger::DeviceRule& rule = state_.licenses().at(held->license).terms.device;
        if (expected != static_cast<const ledger::Seat&>(seat) ||
            !same_device(rule, before.components, seat.components)) {
            find(errc::seat_changed_hands, seat.activation_id);
        }
        return {};
    }

    Read judge(const ledger::SeatReleased& released) {
        if (!state_.seats().find(released.activation_id)) find(errc::activation_not_active, released.activation_id);
        return {};
    }

    Read judge(const ledger::SeatExpired& expired) {
        const auto held = state_.seats().find(expired.activation_id);
        if (!held) {
            find(errc::activation_not_active, expired.activation_id);
            return {};
        }
        if (in_doubt_) find(errc::expired_in_doubt, expired.activation_id);
        if (held->grace_ends.us == 0 || judged_ < held->grace_ends) {
            find(errc::expired_too_early,
                 {{"activation", expired.activation_id.text()},
                  {"at", ledger::time_text(judged_)},
                  {"grace_ends", held->grace_ends.us == 0 ? "never" : ledger::time_text(held->grace_ends)}});
        }
        return {};
    }

    Read judge(const ledger::TimeConfirmed&) {
        if (!in_doubt_) find(errc::time_confirmation_wrong);
        return {};
    }

    Read judge(const ledger::TimeConfirmationUndone& undone) {
        const TimeConfirmation* confirmation = state_.time().find(undone.confirmation);
        if (confirmation == nullptr || confirmation->undone_by || confirmation->jump != undone.offset) {
            find(errc::time_confirmation_wrong);
        }
        return {};
    }

    Read judge(const ledger::LicenseImported& imported) {
        const auto terms = read_license_terms(imported.license_bin);
        if (!terms || terms->license_id != imported.license_id || state_.licenses().find(imported.license_id)) {
            find(errc::license_unreadable, {{"license", imported.license_id}});
        }
        return {};
    }

    Read judge(const ledger::RevocationImported& imported) {
        const auto revocation = read_revocation(imported.revocation_bin);
        if (!revocation || revocation->revocation_id != imported.revocation_id ||
            state_.licenses().find_revocation(imported.revocation_id) != nullptr) {
            find(errc::license_unreadable, {{"license", imported.revocation_id}});
        }
        return {};
    }

    Read judge(const ledger::IncarnationOpened& opened) {
        // Whether the notes are genuine is judged where the origins are (ledger/core/incarnation.hpp).
        const auto known = ledger::KnownHead::parse(opened.known_head);
        const ledger::Anchor* const anchor = known && known->anchor ? &*known->anchor : nullptr;
        const ledger::LedgerCreated* const genesis = state_.identity().genesis();
        if (ledger::begins_log(opened.reason) && anchor != nullptr && genesis != nullptr &&
            anchor->device_salt != genesis->device_salt) {
            find(errc::device_salt_differs);
        }
        if (opened.unclaimed != unclaimed_by(state_, opened)) {
            find(errc::unclaimed_seats_wrong, {{"incarnation", std::to_string(opened.incarnation)}});
        }
        return {};
    }

    /// The other kinds have no rule of the seat book.
    /// Its root and digest take all events up to then to judge: `actledger verify` of the statement does.
    Read judge(const ledger::ReportIssued& report) {
        if (report.size > state_.size() || event_.time <= report.as_of) find(errc::report_wrong);
        return {};
    }

    template <class Body>
    Read judge(const Body&) {
        return {};
    }

    const LedgerState& state_;
    const SeatSource& source_;
    const ledger::Event& event_;
    const ledger::Timestamp judged_;
    const bool in_doubt_;
    std::vector<ledger::Error> findings_;
};

}  // namespace

ledger::Result<std::vector<ledger::Error>> SeatRules::judge(const ledger::Event& event) const {
    return Judgement(state_, source_, event).run();
}

}  // namespace projections
