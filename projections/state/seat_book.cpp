#include "projections/state/seat_book.hpp"

#include <algorithm>

#include "projections/state/adoption_rules.hpp"
#include "projections/state/device_match.hpp"
#include "projections/state/seat_search.hpp"

namespace projections {

void SeatBook::apply(const ledger::Event& event, EventTime time) {
    if (time == EventTime::believed) unclaimed_.pass(event.time);
    if (const auto* activated = std::get_if<ledger::SeatActivated>(&event.body)) {
        activate(event, *activated, SeatStanding::granted);
    } else if (const auto* renewed = std::get_if<ledger::SeatRenewed>(&event.body)) {
        renew(event, *renewed);
    } else if (const auto* changed = std::get_if<ledger::SeatDeviceChanged>(&event.body)) {
        change_device(event, *changed);
    } else if (const auto* adopted = std::get_if<ledger::SeatAdopted>(&event.body)) {
        adopt(event, *adopted);
    } else if (const auto* lent = std::get_if<ledger::SeatLent>(&event.body)) {
        lend(event, *lent);
    } else if (const auto* released = std::get_if<ledger::SeatReleased>(&event.body)) {
        give_back(event, released->activation_id, ReleasedSeat::Reason::released);
    } else if (const auto* expired = std::get_if<ledger::SeatExpired>(&event.body)) {
        give_back(event, expired->activation_id, ReleasedSeat::Reason::expired);
    } else {
        unclaimed_.apply(event, licenses_);
        legacy_.apply(event, licenses_);
    }
}

void SeatBook::prefetch(const ledger::Event& event, Nearness nearness) const {
    const auto* activated = std::get_if<ledger::SeatActivated>(&event.body);
    if (activated == nullptr) return;
    const auto product = licenses_.find_product(activated->product);
    if (!product) return;
    const auto bring = [nearness](const PackedIndex& index, std::uint64_t key) {
        nearness == Nearness::shards ? index.prefetch_shard(key) : index.prefetch(key);
    };
    bring(by_id_, id_key(activated->activation_id));
    for (const ledger::Component& component : activated->components) {
        bring(by_component_, component_key(*product, component));
    }
}

void SeatBook::activate(const ledger::Event& event, const ledger::Seat& seat, SeatStanding standing) {
    const auto license = licenses_.find(seat.license_id);
    if (!license || find_record(seat.activation_id)) return;
    enter({seat.activation_id, event.sequence_number, event.sequence_number, seat.grace_ends, *license, standing},
          seat.components);
    legacy_.claim(seat.activation_id, event.sequence_number, licenses_);
}

void SeatBook::adopt(const ledger::Event& event, const ledger::SeatAdopted& seat) {
    const auto license = licenses_.find(seat.license_id);
    if (!license) return;
    const SeatStanding standing =
        event.actor.kind == ledger::Actor::Kind::operator_ ? SeatStanding::collected : SeatStanding::unconfirmed;
    const LicenseIndex holder = licenses_.holder(*license);
    const bool is_new = !is_taken(seat.activation_id, holder);
    if (find_record(seat.activation_id)) {
        change_device(event, seat);  // the log had an older state of it
        if (const auto number = find_record(seat.activation_id)) stand(*number, standing);
    } else {
        activate(event, seat, standing);
    }
    if (is_new) unclaimed_.take(holder, 1, licenses_);
}

void SeatBook::lend(const ledger::Event& event, const ledger::Seat& seat) {
    const auto number = find_record(seat.activation_id);
    if (!number) return activate(event, seat, SeatStanding::lent);
    if (records_[*number].standing == SeatStanding::lent) extend(event, seat, *number);
}

void SeatBook::renew(const ledger::Event& event, const ledger::Seat& seat) {
    const auto license = licenses_.find(seat.license_id);
    const auto number = find_record(seat.activation_id);
    if (!license || !number) return;
    stand(*number, SeatStanding::granted);
    extend(event, seat, *number);
}

void SeatBook::extend(const ledger::Event& event, const ledger::Seat& seat, RecordNumber number) {
    const auto license = licenses_.find(seat.license_id);
    if (!license) return;
    SeatRecord& record = records_[number];
    record.current = event.sequence_number;
    if (record.license == *license && seat.grace_ends >= record.grace_ends && record.grace_ends.us != 0) {
        record.grace_ends = seat.grace_ends;  // the queue finds out by itself
        return;
    }
    // Another licence, or a lease that ends earlier than the queue believes: its entry no longer counts.
    ++record.generation;
    if (record.grace_ends.us != 0) leases_of(record.license).removed(records_);
    count(record, -1);
    record.license = *license;
    record.grace_ends = seat.grace_ends;
    count(record, 1);
    if (record.grace_ends.us != 0) leases_of(record.license).add(number, record);
}

void SeatBook::change_device(const ledger::Event& event, const ledger::Seat& seat) {
    const auto license = licenses_.find(seat.license_id);
    const auto number = find_record(seat.activation_id);
    if (!license || !number) return;
    // Which entries of the index were the old components' is not known here: the old record takes them with it.
    const ledger::SequenceNumber activated = records_[*number].activated;
    const SeatStanding standing = records_[*number].standing;
    retire(*number);
    enter({seat.activation_id, activated, event.sequence_number, seat.grace_ends, *license, standing}, seat.components);
}

void SeatBook::give_back(const ledger::Event& event, const ledger::ActivationId& id, ReleasedSeat::Reason reason) {
    const auto number = find_record(id);
    if (!number) return;
    const SeatRecord& record = records_[*number];
    released_.add({id, record.activated, record.current, event.sequence_number, event.time, reason});
    retire(*number);
}

void SeatBook::make_room(std::size_t components_each) {
    std::uint64_t licensed = 0;
    for (std::size_t i = 0; i < licenses_.size(); ++i) {
        licensed += licenses_.at({static_cast<std::uint16_t>(i)}).terms.quantity;
    }
    const std::uint64_t seats = std::min(licensed, std::exchange(expected_events_, 0));
    by_id_.expect(seats);
    by_component_.expect(seats * components_each);
}

RecordNumber SeatBook::enter(const HeldSeat& seat, ComponentView components) {
    if (expected_events_ != 0) make_room(components.size());
    const RecordNumber number = records_.take();
    SeatRecord& record = records_[number];
    record.id = seat.id;
    record.activated = seat.activated;
    record.current = seat.current;
    record.grace_ends = seat.grace_ends;
    record.license = seat.license;
    record.standing = seat.standing;
    by_id_.add(id_key(seat.id), number);
    const ProductIndex product = licenses_.at(seat.license).product;
    for (const ledger::Component& component : components) by_component_.add(component_key(product, component), number);
    count(record, 1);
    if (record.grace_ends.us != 0) leases_of(seat.license).add(number, record);
    return number;
}

void SeatBook::retire(RecordNumber number) {
    const SeatRecord& record = records_[number];
    const LicenseIndex license = record.license;
    const bool leased = record.grace_ends.us != 0;
    count(record, -1);
    records_.retire(number);
    if (leased) leases_of(license).removed(records_);
    retired_.push_back(number);
    sweep_a_little();
}

void SeatBook::sweep_a_little() {
    if (sweeping_.empty()) {
        if (retired_.size() <= std::max(retired_tolerated, records_.live() / 32)) return;
        sweeping_.swap(retired_);
        next_swept_ = 0;
    }
    if (++retired_since_sweep_ % retired_per_shard != 0) return;
    by_component_.sweep(next_swept_, records_);
    by_id_.sweep(next_swept_, records_);
    if (++next_swept_ < PackedIndex::shard_count) return;
    for (const RecordNumber number : sweeping_) records_.release(number);
    sweeping_ = {};
}

void SeatBook::count(const SeatRecord& record, std::int64_t change) {
    const auto add = [&](std::vector<std::uint64_t>& seats) {
        if (seats.size() <= record.license.value) seats.resize(record.license.value + std::size_t{1});
        std::uint64_t& one = seats[record.license.value];
        one = static_cast<std::uint64_t>(static_cast<std::int64_t>(one) + change);
    };
    add(held_);
    if (record.standing == SeatStanding::lent) add(lent_);
    const bool unconfirmed = record.standing == SeatStanding::unconfirmed || record.standing == SeatStanding::collected;
    if (unconfirmed) unconfirmed_ += static_cast<std::uint64_t>(change);
}

void SeatBook::stand(RecordNumber number, SeatStanding standing) {
    SeatRecord& record = records_[number];
    if (record.standing == standing) return;
    count(record, -1);
    record.standing = standing;
    count(record, 1);
}

LeaseQueue& SeatBook::leases_of(LicenseIndex license) const {
    if (leases_.size() <= license.value) leases_.resize(license.value + std::size_t{1});
    return leases_[license.value];
}

HeldSeat SeatBook::held_seat(RecordNumber number) const {
    const SeatRecord& record = records_[number];
    return {record.id, record.activated, record.current, record.grace_ends, record.license, record.standing};
}

std::optional<RecordNumber> SeatBook::find_record(const ledger::ActivationId& id) const {
    std::optional<RecordNumber> found;
    by_id_.visit(id_key(id), [&](RecordNumber number) {
        if (records_.is_live(number) && records_[number].id == id) found = number;
        return !found;
    });
    return found;
}

std::optional<HeldSeat> SeatBook::find(const ledger::ActivationId& id) const {
    const auto number = find_record(id);
    if (!number) return std::nullopt;
    return held_seat(*number);
}

ledger::Result<std::optional<SeatMatch>> SeatBook::match(ProductIndex product, ComponentView components,
                                                         ledger::ByteView device_public_key,
                                                         const SeatSource& source) const {
    SeatCandidates candidates;
    const auto& of_product = licenses_.of_product(product);
    for (auto license = of_product.begin(); license != of_product.end(); ++license) {
        const ledger::DeviceRule& rule = licenses_.at(*license).terms.device;
        const auto has_rule = [&](LicenseIndex other) { return licenses_.at(other).terms.device == rule; };
        if (std::any_of(of_product.begin(), license, has_rule))
            continue;  // one search finds those of all such licences
        search_seats(rule, product, components, by_component_, records_, has_rule, candidates);
    }
    std::ranges::sort(candidates, [&](const SeatCandidate& a, const SeatCandidate& b) {
        if (a.agreeing != b.agreeing) return a.agreeing > b.agreeing;
        return records_[a.record].activated < records_[b.record].activated;
    });

    std::optional<SeatMatch> best;
    std::uint32_t best_agreeing = 0;
    bool best_has_key = false;
    for (const SeatCandidate& candidate : candidates) {
        const HeldSeat held = held_seat(candidate.record);
        if (best && candidate.agreeing < best_agreeing) break;
        if (best && candidate.agreeing == best_agreeing && best_has_key && best->held.activated < held.activated)
            continue;
        ACTLEDGER_TRY(ledger::Seat seat, source.seat(held.current));
        const ledger::DeviceRule& rule = licenses_.at(held.license).terms.device;
        const std::uint32_t agreeing = agreeing_kinds(rule, components, seat.components);
        if (agreeing < rule.match || seat.activation_id != held.id) continue;
        const bool has_key = ledger::equal(device_public_key, seat.device_public_key);
        const bool better =
            !best || agreeing > best_agreeing || (agreeing == best_agreeing && has_key && !best_has_key) ||
            (agreeing == best_agreeing && has_key == best_has_key && held.activated < best->held.activated);
        if (!better) continue;
        best = SeatMatch{held, std::move(seat)};
        best_agreeing = agreeing;
        best_has_key = has_key;
    }
    return best;
}

std::uint64_t SeatBook::sum(const std::vector<std::uint64_t>& seats, LicenseIndex license) const {
    const auto own = [&](LicenseIndex index) { return index.value < seats.size() ? seats[index.value] : 0; };
    std::uint64_t all = own(license);
    for (const LicenseIndex absorbed : licenses_.at(license).absorbed) all += own(absorbed);
    return all;
}

std::uint64_t SeatBook::held_of(LicenseIndex license) const { return sum(held_, license); }

std::uint64_t SeatBook::lent_of(LicenseIndex license) const { return sum(lent_, license); }

bool SeatBook::is_taken(const ledger::ActivationId& id, LicenseIndex holder) const {
    if (const auto number = find_record(id)) {
        const SeatRecord& record = records_[*number];
        return record.standing != SeatStanding::lent && licenses_.holder(record.license) == holder;
    }
    const LegacySeat* const kept = legacy_.find(id);
    return kept != nullptr && kept->status == LegacySeat::Status::open && licenses_.holder(kept->license) == holder;
}

std::uint64_t SeatBook::lent() const {
    std::uint64_t all = 0;
    for (const std::uint64_t seats : lent_) all += seats;
    return all;
}

std::uint64_t SeatBook::unclaimed_of(LicenseIndex license) const {
    std::uint64_t seats = unclaimed_.of(license);
    for (const LicenseIndex absorbed : licenses_.at(license).absorbed) seats += unclaimed_.of(absorbed);
    return seats;
}

std::uint64_t SeatBook::legacy_of(LicenseIndex license) const {
    std::uint64_t seats = legacy_.of(license);
    for (const LicenseIndex absorbed : licenses_.at(license).absorbed) seats += legacy_.of(absorbed);
    return seats;
}

std::optional<ledger::Timestamp> SeatBook::next_free_at(LicenseIndex license) const {
    std::optional<ledger::Timestamp> earliest;
    const auto look_at = [&](LicenseIndex index) {
        const auto first = leases_of(index).first(records_);
        if (first && (!earliest || first->grace_ends < *earliest)) earliest = first->grace_ends;
    };
    look_at(license);
    for (const LicenseIndex absorbed : licenses_.at(license).absorbed) look_at(absorbed);
    return earliest;
}

std::vector<ledger::ActivationId> SeatBook::run_out(ledger::Timestamp judged, std::size_t most) const {
    std::vector<HeldSeat> ended;
    for (LeaseQueue& queue : leases_) {
        for (const LeaseQueue::Lease& lease : queue.ended(records_, judged, most))
            ended.push_back(held_seat(lease.record));
    }
    std::ranges::sort(ended, {}, [](const HeldSeat& seat) { return std::pair(seat.grace_ends, seat.activated); });
    ended.resize(std::min(ended.size(), most));
    std::vector<ledger::ActivationId> ids;
    ids.reserve(ended.size());
    for (const HeldSeat& seat : ended) ids.push_back(seat.id);
    return ids;
}

std::optional<std::uint32_t> SeatBook::visit(std::uint32_t cursor,
                                             const std::function<bool(const HeldSeat&)>& visit) const {
    for (; cursor < records_.end(); ++cursor) {
        if (records_.is_live(cursor) && !visit(held_seat(cursor))) return cursor + 1;
    }
    return std::nullopt;
}

}  // namespace projections
