#pragma once
// projections/state/ledger_state.hpp: all that deciding and judging need to know of a ledger, folded from its events in
// memory. One thread. Deterministic (invariant L6): the same events give the same digest.

#include <memory>
#include <optional>
#include <span>

#include "projections/state/access_keys.hpp"
#include "projections/state/adoption_book.hpp"
#include "projections/state/identity.hpp"
#include "projections/state/licenses.hpp"
#include "projections/state/seat_book.hpp"
#include "projections/state/settings.hpp"
#include "projections/state/time_state.hpp"

namespace projections {

class StateReader;
class StateWriter;

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
    /// The same for the next ones in order; quicker, because memory for several is waited for at once.
    void apply(std::span<const ledger::Event> events);

    /// How many events are folded.
    [[nodiscard]] ledger::TreeSize size() const { return size_; }
    /// The last event folded; nothing before event 0.
    [[nodiscard]] std::optional<ledger::SequenceNumber> applied_through() const;

    [[nodiscard]] const Identity& identity() const { return identity_; }
    [[nodiscard]] const Licenses& licenses() const { return licenses_; }
    [[nodiscard]] const AccessKeys& enrolment_keys() const { return enrolment_keys_; }
    [[nodiscard]] const AccessKeys& log_keys() const { return log_keys_; }
    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] const TimeState& time() const { return time_; }
    [[nodiscard]] const SeatBook& seats() const { return seats_; }
    [[nodiscard]] const AdoptionBook& adoptions() const { return adoptions_; }

    /// The one spelling of all that is above: equal states are written alike, however they came to be. Sorts what the
    /// seat book has in its own order: a fifth of a second for a million seats, so not for the hot path.
    void write(StateWriter& out) const;
    /// SHA-256 over what write() writes: for snapshots, tests and comparison.
    [[nodiscard]] ledger::Digest digest() const;
    struct Read {
        std::unique_ptr<LedgerState> state;
        ledger::Digest digest;  ///< digest() of the state, which costs nothing here.
    };
    /// Strict: write() of the state gives what was read. Whether it is the state of a certain log is the caller's to
    /// find out. @return errc::state_malformed; what the reader's source returned
    [[nodiscard]] static ledger::Result<Read> read(StateReader& in);

 private:
    ledger::TreeSize size_;
    Identity identity_;
    Licenses licenses_;
    AccessKeys enrolment_keys_{KeyUse::enrolment};
    AccessKeys log_keys_{KeyUse::log};
    Settings settings_;
    TimeState time_;
    SeatBook seats_;
    AdoptionBook adoptions_;
};

}  // namespace projections
