#include "projections/state/ledger_state.hpp"

#include "ledger/core/tree.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {

void LedgerState::apply(const ledger::Event& event) {
    const bool doubted = time_.in_doubt();
    time_.apply(event);
    identity_.apply(event);
    if (event.seat() == nullptr) {
        licenses_.apply(event);
        enrolment_keys_.apply(event);
        log_keys_.apply(event);
        settings_.apply(event);
    }
    seats_.apply(event, doubted || time_.in_doubt() ? EventTime::in_doubt : EventTime::believed);
    adoptions_.apply(event);
    size_ = ledger::size_through(event.sequence_number);
}

void LedgerState::apply(std::span<const ledger::Event> events) {
    using Nearness = SeatBook::Nearness;
    // So many events ahead, what they look up is brought near: the seat book is larger than any cache.
    constexpr std::size_t ahead = 8;
    const auto prefetch = [&](std::size_t i, Nearness nearness) {
        if (i < events.size()) seats_.prefetch(events[i], nearness);
    };
    for (std::size_t i = 0; i < events.size(); ++i) {
        prefetch(i + 2 * ahead, Nearness::shards);
        prefetch(i + ahead, Nearness::entries);
        apply(events[i]);
    }
}

std::optional<ledger::SequenceNumber> LedgerState::applied_through() const {
    if (size_.value == 0) return std::nullopt;
    return ledger::SequenceNumber{size_.value - 1};
}

void LedgerState::write(StateWriter& out) const {
    out.number(size_.value);
    identity_.write(out);
    licenses_.write(out);
    enrolment_keys_.write(out);
    log_keys_.write(out);
    settings_.write(out);
    time_.write(out);
    seats_.write(out);
    adoptions_.write(out);
}

ledger::Digest LedgerState::digest() const {
    StateWriter writer;
    write(writer);
    return writer.finish();
}

ledger::Result<LedgerState::Read> LedgerState::read(StateReader& in) {
    auto state = std::make_unique<LedgerState>();
    state->size_ = {in.number(ledger::tree_size_max.value)};
    in.set_events(state->size_.value);
    state->identity_.read(in);
    state->licenses_.read(in);
    state->enrolment_keys_.read(in);
    state->log_keys_.read(in);
    state->settings_.read(in);
    state->time_.read(in);
    state->seats_.read(in);
    state->adoptions_.read(in);
    ACTLEDGER_TRY(const ledger::Digest digest, in.finish());
    return Read{std::move(state), digest};
}

}  // namespace projections
