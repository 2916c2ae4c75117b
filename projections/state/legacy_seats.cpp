#include "projections/state/legacy_seats.hpp"

#include <algorithm>

#include "ledger/core/event_codec.hpp"
#include "ledger/core/event_rules.hpp"
#include "projections/state/seat_search.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {
namespace {

/// As many kinds as must agree: those of the rule, or all that the reservation has, if these are fewer.
std::uint32_t needed(const LegacySeat& seat, const ledger::DeviceRule& rule) {
    return std::min<std::uint32_t>(rule.match, usable_kinds(rule, seat.reserved.components));
}

}  // namespace

bool agrees_with(const LegacySeat& seat, ComponentView components, const Licenses& licenses) {
    const ledger::DeviceRule& rule = licenses.at(seat.license).terms.device;
    const std::uint32_t least = needed(seat, rule);
    return least > 0 && agreeing_kinds(rule, seat.reserved.components, components) >= least;
}

void LegacySeats::apply(const ledger::Event& event, const Licenses& licenses) {
    if (const auto* reserved = std::get_if<ledger::LegacySeatReserved>(&event.body)) {
        const auto license = licenses.find(reserved->license_id);
        const bool twice = find(reserved->activation_id) != nullptr || find_record(reserved->record) != nullptr;
        if (license && !twice) enter({*reserved, event.sequence_number, *license, {}, {}}, licenses);
    } else if (const auto* freed = std::get_if<ledger::LegacySeatFreed>(&event.body)) {
        settle(freed->activation_id, event.sequence_number, LegacySeat::Status::freed, licenses);
    }
}

void LegacySeats::enter(LegacySeat seat, const Licenses& licenses) {
    const auto place = static_cast<Place>(seats_.size());
    by_id_.emplace(seat.reserved.activation_id, place);
    by_record_.emplace(seat.reserved.record, place);
    seats_.push_back(std::move(seat));
    if (seats_.back().status == LegacySeat::Status::open) index(place, licenses);
}

void LegacySeats::settle(const ledger::ActivationId& id, ledger::SequenceNumber event, LegacySeat::Status status,
                         const Licenses& licenses) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end() || seats_[found->second].status != LegacySeat::Status::open) return;
    unindex(found->second, licenses);
    LegacySeat& seat = seats_[found->second];
    seat.reserved.components = {};
    seat.status = status;
    seat.settled_by = event;
}

void LegacySeats::index(Place place, const Licenses& licenses) {
    const LegacySeat& seat = seats_[place];
    const ProductIndex product = licenses.at(seat.license).product;
    for (const ledger::Component& component : seat.reserved.components) {
        by_component_[component_key(product, component)].push_back(place);
    }
    if (open_of_.size() <= seat.license.value) open_of_.resize(seat.license.value + std::size_t{1});
    ++open_of_[seat.license.value];
}

void LegacySeats::unindex(Place place, const Licenses& licenses) {
    const LegacySeat& seat = seats_[place];
    const ProductIndex product = licenses.at(seat.license).product;
    for (const ledger::Component& component : seat.reserved.components) {
        const auto found = by_component_.find(component_key(product, component));
        if (found == by_component_.end()) continue;  // two values of the device had one key
        std::erase(found->second, place);
        if (found->second.empty()) by_component_.erase(found);
    }
    --open_of_[seat.license.value];
}

const LegacySeat* LegacySeats::find(const ledger::ActivationId& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &seats_[found->second];
}

const LegacySeat* LegacySeats::find_record(const ledger::Digest& record) const {
    const auto found = by_record_.find(record);
    return found == by_record_.end() ? nullptr : &seats_[found->second];
}

const LegacySeat* LegacySeats::match(ProductIndex product, ComponentView components, const Licenses& licenses) const {
    if (by_component_.empty()) return nullptr;
    const LegacySeat* best = nullptr;
    std::uint32_t best_agreeing = 0;
    for (const ledger::Component& component : components) {
        const auto found = by_component_.find(component_key(product, component));
        if (found == by_component_.end()) continue;
        for (const Place place : found->second) {
            const LegacySeat& seat = seats_[place];
            if (&seat == best || !agrees_with(seat, components, licenses)) continue;
            const std::uint32_t agreeing =
                agreeing_kinds(licenses.at(seat.license).terms.device, seat.reserved.components, components);
            const bool better = best == nullptr || agreeing > best_agreeing ||
                                (agreeing == best_agreeing && seat.reserved_by < best->reserved_by);
            if (!better) continue;
            best = &seat;
            best_agreeing = agreeing;
        }
    }
    return best;
}

std::uint64_t LegacySeats::open() const {
    std::uint64_t seats = 0;
    for (const std::uint64_t of_license : open_of_) seats += of_license;
    return seats;
}

void LegacySeats::write(StateWriter& out) const {
    out.number(seats_.size());
    for (const LegacySeat& seat : seats_) {
        const ledger::LegacySeatReserved& reserved = seat.reserved;
        out.event(seat.reserved_by).fixed(reserved.activation_id.bytes).number(seat.license.value);
        out.text(reserved.product).fixed(reserved.record.view());
        out.time(reserved.activated_at).time(reserved.reserved_until);
        out.number(static_cast<std::uint64_t>(seat.status)).event(seat.settled_by);
        out.number(reserved.components.size());
        for (const ledger::Component& component : reserved.components) {
            out.text(component.kind).fixed(component.digest.view());
        }
    }
}

void LegacySeats::read(StateReader& in, const Licenses& licenses) {
    const std::uint64_t count = in.number(in.events());
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) read_one(in, licenses);
}

void LegacySeats::read_one(StateReader& in, const Licenses& licenses) {
    LegacySeat seat;
    ledger::LegacySeatReserved& reserved = seat.reserved;
    seat.reserved_by = in.event();
    in.fixed(reserved.activation_id.bytes);
    seat.license = {static_cast<std::uint16_t>(in.number(std::numeric_limits<std::uint16_t>::max()))};
    reserved.product = in.text(ledger::identifier_bytes_max);
    in.fixed(reserved.record.bytes);
    reserved.activated_at = in.time();
    reserved.reserved_until = in.time();
    seat.status = static_cast<LegacySeat::Status>(in.number(static_cast<std::uint64_t>(LegacySeat::Status::freed)));
    seat.settled_by = {in.number(in.events())};
    const bool open = seat.status == LegacySeat::Status::open;
    const std::uint64_t components = in.number(ledger::components_max);
    for (std::uint64_t i = 0; i < components && in.ok(); ++i) {
        ledger::Component component;
        component.kind = in.text(ledger::component_kind_bytes_max);
        in.fixed(component.digest.bytes);
        const bool ascends = reserved.components.empty() || reserved.components.back() < component;
        in.require(ascends, "components of a reservation are not in order");
        reserved.components.push_back(std::move(component));
    }
    in.require(open == (components > 0) && open == (seat.settled_by.value == 0), "a reservation's status");
    in.require(seat.license.value < licenses.size(), "a reservation of no licence");
    in.require(seats_.empty() || seats_.back().reserved_by < seat.reserved_by, "reservations are not in order");
    in.require(find(reserved.activation_id) == nullptr && find_record(reserved.record) == nullptr,
               "a reservation is there twice");
    if (!in.ok()) return;
    reserved.license_id = licenses.at(seat.license).terms.license_id;
    enter(std::move(seat), licenses);
}

}  // namespace projections
