#pragma once
// projections/state/ledger_state.hpp: all that deciding and judging need to know of a ledger, folded from its events in
// memory. One thread. Deterministic (invariant L6): the same events give the same digest.

#include <optional>

#include "projections/state/enrolment_keys.hpp"
#include "projections/state/identity.hpp"
#include "projections/state/licenses.hpp"
#include "projections/state/seat_book.hpp"
#include "projections/state/settings.hpp"
#include "projections/state/time_state.hpp"

namespace projections {

class LedgerState {
 public:
    LedgerState() : seats_(licenses_) {}
    LedgerState(const LedgerState&) = delete;  // the parts refer to each other
    LedgerState& operator=(const LedgerState&) = delete;

    /// So many events will be folded: room is made for their seats in one step. Changes nothing else.
    void expect_events(std::uint64_t count) { seats_.expect_events(count); }

    /// Folds the next event. Total: also an event that breaks the rules is folded in a stated way (see the parts); what
    /// is wrong with it is found by SeatRules, before.
    void apply(const ledger::Event& event);

    /// How many events are folded.
    [[nodiscard]] ledger::TreeSize size() const { return size_; }
    /// The last event folded; nothing before event 0.
    [[nodiscard]] std::optional<ledger::SequenceNumber> applied_through() const;

    [[nodiscard]] const Identity& identity() const { return identity_; }
    [[nodiscard]] const Licenses& licenses() const { return licenses_; }
    [[nodiscard]] const EnrolmentKeys& enrolment_keys() const { return enrolment_keys_; }
    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] const TimeState& time() const { return time_; }
    [[nodiscard]] const SeatBook& seats() const { return seats_; }

    /// Over a serialisation of everything above in a fixed order; equal states have equal digests, however they came to
    /// be. Sorts all seats: for tests, snapshots and comparison, not for the hot path.
    [[nodiscard]] ledger::Digest digest() const;

 private:
    ledger::TreeSize size_;
    Identity identity_;
    Licenses licenses_;
    EnrolmentKeys enrolment_keys_;
    Settings settings_;
    TimeState time_;
    SeatBook seats_;
};

}  // namespace projections
