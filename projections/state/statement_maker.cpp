#include "projections/state/statement_maker.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/core/time_text.hpp"
#include "projections/state/errc.hpp"

namespace projections {
namespace {

using ledger::Error;
using ledger::Event;
using ledger::Result;

/// A piece of work is well under a millisecond.
constexpr std::size_t events_a_step = 256;
constexpr std::size_t seats_a_step = 64;

Result<ledger::Timestamp> time_of(const StatementSource& source, std::uint64_t number) {
    ACTLEDGER_TRY(const ledger::Bytes stored, source.event({number}));
    ACTLEDGER_TRY(const auto position, ledger::peek_event(stored));
    return position.time;
}

StatementSeat::State state_of(SeatStanding standing) {
    switch (standing) {
        case SeatStanding::unconfirmed:
            return StatementSeat::State::unconfirmed;
        case SeatStanding::collected:
            return StatementSeat::State::collected;
        case SeatStanding::lent:
            return StatementSeat::State::provisional;
        case SeatStanding::granted:
            break;
    }
    return StatementSeat::State::held;
}

void add_commitments(StatementSeat& seat, const Event& event) {
    for (const ledger::Commitment& commitment : event.commitments) {
        seat.personal.push_back({event.sequence_number, commitment});
    }
}

Error no_seat(ledger::SequenceNumber number) {
    return {ledger::errc::not_found, "event " + std::to_string(number.value) + " has no seat"};
}

}  // namespace

Result<ledger::TreeSize> size_at(const StatementSource& source, ledger::TreeSize size, ledger::Timestamp at) {
    std::uint64_t low = 0;  // events before it are of `at` or earlier
    std::uint64_t high = size.value;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        ACTLEDGER_TRY(const ledger::Timestamp time, time_of(source, middle));
        if (time <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low > 0) return ledger::TreeSize{low};
    ACTLEDGER_TRY(const ledger::Timestamp first, time_of(source, 0));
    return Error{
        errc::statement_before_ledger, {}, {{"at", ledger::time_text(at)}, {"first", ledger::time_text(first)}}};
}

StatementMaker::StatementMaker(StatementSource source, ledger::TreeSize size, ledger::Timestamp at, Sink sink)
    : source_(std::move(source)),
      size_(size),
      at_(at),
      sink_(std::move(sink)),
      state_(std::make_unique<LedgerState>()),
      batch_(events_a_step) {
    ACTLEDGER_ASSERT(size.value > 0);
    state_->expect_events(size.value);
}

Result<bool> StatementMaker::step() {
    Result<void> done;
    switch (phase_) {
        case Phase::events:
            done = fold_some();
            break;
        case Phase::heads:
            done = tell_heads();
            break;
        case Phase::seats:
            done = tell_seats();
            break;
        case Phase::kept:
            done = tell_kept();
            break;
        case Phase::totals:
            done = tell_totals();
            break;
        case Phase::complete:
            break;
    }
    if (!done) return done.error();
    return phase_ == Phase::complete;
}

Result<void> StatementMaker::fold_some() {
    const std::uint64_t from = state_->size().value;
    const ledger::TreeSize to{std::min(from + events_a_step, size_.value)};
    std::size_t count = 0;
    Result<void> read;
    ACTLEDGER_CHECK(source_.visit({from}, to, [&](ledger::SequenceNumber number, ledger::ByteView stored) {
        read = ledger::decode_event(stored, batch_[count]);
        if (read && number.value != from + count) read = Error{ledger::errc::not_found, "an event is missing"};
        if (!read) return false;
        if (!tree_) {
            const auto* const created = std::get_if<ledger::LedgerCreated>(&batch_[count].body);
            suite_ = created != nullptr ? ledger::find_suite(created->suite) : &ledger::default_suite();
            tree_.emplace(*suite_);
        }
        completed_.clear();
        tree_->append(suite_->hash_leaf(stored), completed_);
        ++count;
        return true;
    }));
    ACTLEDGER_CHECK(read);
    if (from + count != to.value) return Error{ledger::errc::not_found, "an event is missing"};
    state_->apply(std::span<const Event>(batch_).first(count));
    if (to == size_) phase_ = Phase::heads;
    return {};
}

namespace {

std::optional<ledger::TreeSize> size_of(const std::optional<ledger::Checkpoint>& known) {
    return known ? std::optional(known->head.size) : std::nullopt;
}

}  // namespace

bool StatementMaker::lies_in_gap() const {
    // An incarnation is opened with the time of the event before it, and what comes next has the time of its day.
    const auto& opened = state_->identity().incarnations().opened();
    if (opened.empty() || ledger::size_through(opened.back().opened_by) != size_) return false;
    const ledger::Incarnation& last = opened.back();
    return last.may_miss_events();
}

Result<void> StatementMaker::tell_heads() {
    head_.origin = state_->identity().origin();
    head_.at = at_;
    head_.judged_at = state_->time().judged(at_);
    head_.time_in_doubt = state_->time().in_doubt();
    head_.size = size_;
    head_.root = tree_->head().root;
    head_.newest = state_->time().last_event();
    head_.in_gap = lies_in_gap();
    ACTLEDGER_CHECK(tell(head_));
    for (const ledger::Incarnation& one : state_->identity().incarnations().opened()) {
        ACTLEDGER_CHECK(tell(StatementLoss{one.number, one.opened_by, one.reason, one.kept(), size_of(one.known)}));
    }
    for (std::size_t i = 0; i < state_->licenses().size(); ++i) {
        ACTLEDGER_CHECK(tell(license_line({static_cast<std::uint16_t>(i)})));
    }
    seats_.reserve(state_->seats().held());
    state_->seats().visit(0, [&](const HeldSeat& seat) {
        seats_.push_back(seat);
        return true;
    });
    std::ranges::sort(seats_, {}, &HeldSeat::activated);
    phase_ = Phase::seats;
    return {};
}

StatementLicense StatementMaker::license_line(LicenseIndex index) const {
    const License& license = state_->licenses().at(index);
    const SeatBook& book = state_->seats();
    StatementLicense line;
    line.license_id = license.terms.license_id;
    line.product = license.terms.product;
    line.status = license.status;
    line.valid = state_->licenses().valid_at(index, head_.judged_at);
    line.counted_with = state_->licenses().at(state_->licenses().holder(index)).terms.license_id;
    line.quantity = license.terms.quantity;
    if (license.successor) return line;
    line.held = book.held_of(index);
    line.provisional = book.lent_of(index);
    line.kept = book.legacy_of(index);
    line.unclaimed = book.unclaimed_of(index);
    const std::uint64_t used = book.used(index);
    line.free = line.valid && used < line.quantity ? line.quantity - used : 0;
    return line;
}

Result<Event> StatementMaker::read(ledger::SequenceNumber number) const {
    ACTLEDGER_TRY(const ledger::Bytes stored, source_.event(number));
    return ledger::decode_event(stored);
}

Result<StatementSeat> StatementMaker::seat_line(const HeldSeat& held) const {
    ACTLEDGER_TRY(const Event told, read(held.current));
    const ledger::Seat* const seat = told.seat();
    if (seat == nullptr) return no_seat(held.current);
    StatementSeat line;
    line.state = state_of(held.standing);
    line.activation_id = held.id;
    line.license_id = seat->license_id;
    line.product = seat->product;
    line.granted_by = held.activated;
    line.granted_at = told.time;
    line.told_by = held.current;
    line.told_at = told.time;
    line.lease_ends = seat->lease_ends;
    line.grace_ends = seat->grace_ends;
    line.components = seat->components;
    if (held.activated != held.current) {
        ACTLEDGER_TRY(const Event granted, read(held.activated));
        line.granted_at = granted.time;
        add_commitments(line, granted);
    }
    add_commitments(line, told);
    return line;
}

Result<StatementSeat> StatementMaker::kept_line(const LegacySeat& kept) const {
    ACTLEDGER_TRY(const Event reserved_by, read(kept.reserved_by));
    const ledger::LegacySeatReserved& reserved = kept.reserved;
    StatementSeat line;
    line.state = StatementSeat::State::kept;
    line.activation_id = reserved.activation_id;
    line.license_id = reserved.license_id;
    line.product = reserved.product;
    line.granted_by = line.told_by = kept.reserved_by;
    line.granted_at = line.told_at = reserved_by.time;
    line.lease_ends = reserved.reserved_until;
    line.components = reserved.components;
    add_commitments(line, reserved_by);
    return line;
}

Result<void> StatementMaker::tell_seats() {
    const std::size_t end = std::min(next_ + seats_a_step, seats_.size());
    for (; next_ < end; ++next_) {
        ACTLEDGER_TRY(const StatementSeat line, seat_line(seats_[next_]));
        ++lines_done_;
        ++totals_.held;
        using State = StatementSeat::State;
        if (line.state == State::provisional) ++totals_.provisional;
        if (line.state == State::unconfirmed || line.state == State::collected) ++totals_.unconfirmed;
        ACTLEDGER_CHECK(tell(line));
    }
    if (next_ == seats_.size()) {
        next_ = 0;
        phase_ = Phase::kept;
    }
    return {};
}

Result<void> StatementMaker::tell_kept() {
    const std::vector<LegacySeat>& all = state_->seats().legacy().all();
    const std::size_t end = std::min(next_ + seats_a_step, all.size());
    for (; next_ < end; ++next_) {
        if (all[next_].status != LegacySeat::Status::open) continue;
        ACTLEDGER_TRY(const StatementSeat line, kept_line(all[next_]));
        ++lines_done_;
        ++totals_.kept;
        ACTLEDGER_CHECK(tell(line));
    }
    if (next_ == all.size()) phase_ = Phase::totals;
    return {};
}

Result<void> StatementMaker::tell_totals() {
    totals_.seats = totals_.held + totals_.kept;
    for (const auto& [license, seats] : state_->seats().unclaimed().all()) totals_.unclaimed += seats;
    totals_.adoptions_waiting = state_->adoptions().pending();
    ACTLEDGER_CHECK(tell(totals_));
    digest_ = hash_.finish();
    phase_ = Phase::complete;
    return {};
}

Result<void> StatementMaker::tell(const StatementLine& line) {
    const std::string text = line_text(line);
    hash_.fixed(ledger::as_bytes(text));
    return sink_ ? sink_(line, text) : Result<void>();
}

}  // namespace projections
