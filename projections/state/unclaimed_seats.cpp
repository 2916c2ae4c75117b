#include "projections/state/unclaimed_seats.hpp"

#include <algorithm>

#include "ledger/core/event_codec.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "projections/state/ledger_state.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {
namespace {

std::uint64_t less(std::uint64_t from, std::uint64_t what) { return from - std::min(from, what); }

}  // namespace

void UnclaimedBook::apply(const ledger::Event& event, const Licenses& licenses) {
    if (const auto* opened = std::get_if<ledger::IncarnationOpened>(&event.body)) {
        // A key that is rotated takes no time from those who may still call.
        if (opened->reason != ledger::IncarnationOpened::Reason::rotated) awaits_time_ = true;
        by_id_.clear();
        for (const ledger::UnclaimedSeats& one : opened->unclaimed) by_id_.emplace(one.license_id, one.seats);
    } else if (const auto* freed = std::get_if<ledger::UnclaimedFreed>(&event.body)) {
        if (const auto holder = licenses.holder_of(freed->license_id)) take(*holder, freed->seats, licenses);
        return;
    } else if (by_id_.empty() || !std::holds_alternative<ledger::LicenseImported>(event.body)) {
        return;
    }
    index(licenses);
}

void UnclaimedBook::take(LicenseIndex holder, std::uint64_t seats, const Licenses& licenses) {
    for (auto one = by_id_.begin(); one != by_id_.end() && seats > 0;) {
        if (licenses.holder_of(one->first) != holder) {
            ++one;
            continue;
        }
        const std::uint64_t some = std::min(one->second, seats);
        seats -= some;
        one->second -= some;
        one = one->second == 0 ? by_id_.erase(one) : std::next(one);
    }
    index(licenses);
}

void UnclaimedBook::index(const Licenses& licenses) {
    by_index_.clear();
    for (const auto& [id, seats] : by_id_) {
        auto index = licenses.find(id);
        if (!index) index = licenses.holder_of(id);
        if (!index) continue;  // counts once it is imported again
        if (by_index_.size() <= index->value) by_index_.resize(index->value + std::size_t{1});
        by_index_[index->value] += seats;
    }
}

std::optional<ledger::Timestamp> UnclaimedBook::since() const {
    if (awaits_time_ || since_.us == 0) return std::nullopt;
    return since_;
}

void UnclaimedBook::write(StateWriter& out) const {
    out.time(since_).flag(awaits_time_).number(by_id_.size());
    for (const auto& [id, seats] : by_id_) out.text(id).number(seats);
}

void UnclaimedBook::read(StateReader& in, const Licenses& licenses) {
    since_ = in.time();
    awaits_time_ = in.flag();
    const std::uint64_t count = in.number(ledger::unclaimed_licenses_max);
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        std::string id = in.text(ledger::event_bytes_max);
        const std::uint64_t seats = in.number(ledger::unclaimed_seats_max);
        in.require(by_id_.empty() || by_id_.rbegin()->first < id, "unclaimed seats are not in order");
        by_id_.emplace_hint(by_id_.end(), std::move(id), seats);
    }
    index(licenses);
}

std::vector<ledger::UnclaimedSeats> unclaimed_seats(const LedgerState& state, const ledger::Anchor* anchor) {
    const Licenses& licenses = state.licenses();
    const SeatBook& book = state.seats();
    std::map<std::string, std::uint64_t> seats = book.unclaimed().all();
    // Those that a licence took over count there.
    for (std::size_t i = 0; i < licenses.size(); ++i) {
        const LicenseIndex index{static_cast<std::uint16_t>(i)};
        const License& license = licenses.at(index);
        const std::uint64_t before = license.successor ? 0 : book.unclaimed_of(index);
        const std::uint64_t left = license.successor ? 0 : less(license.terms.quantity, book.taken_of(index));
        seats[license.terms.license_id] = anchor == nullptr ? left : before;
    }
    if (anchor != nullptr) {
        for (const ledger::AnchorLicense& kept : anchor->licenses) {
            const auto index = licenses.find(kept.license_id);
            if (index && licenses.at(*index).successor) continue;
            const std::uint64_t held = index ? book.taken_of(*index) : 0;
            std::uint64_t& unclaimed = seats[kept.license_id];
            unclaimed = std::max(unclaimed, less(kept.reserved, held));
        }
    }
    std::vector<ledger::UnclaimedSeats> stated;
    for (const auto& [id, count] : seats) {
        if (count > 0) stated.push_back({id, count});
    }
    return stated;
}

std::vector<ledger::UnclaimedSeats> unclaimed_still(const LedgerState& state) {
    const ledger::Anchor nothing_missing;
    return unclaimed_seats(state, &nothing_missing);
}

std::vector<ledger::UnclaimedSeats> unclaimed_by(const LedgerState& state, const ledger::IncarnationOpened& opened) {
    if (opened.keeps_all()) return unclaimed_still(state);
    if (opened.reason == ledger::IncarnationOpened::Reason::log_and_key_lost) {
        const auto file = ledger::read_reendorsement(opened.reendorsement);
        if (file && file->lost_log) return ledger::unclaimed_by_vendor(*file->lost_log);
    }
    const auto known = ledger::KnownHead::parse(opened.known_head);
    return unclaimed_seats(state, known && known->anchor ? &*known->anchor : nullptr);
}

}  // namespace projections
