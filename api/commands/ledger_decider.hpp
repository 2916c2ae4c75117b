#pragma once
// api/commands/ledger_decider.hpp: the state that the sequencer decides on, as ledger::Decider.

#include "api/commands/context.hpp"
#include "projections/state/seat_source.hpp"

namespace api::commands {

/// Made before the sequencer; replay the log into it, then hand it over: from then on it belongs to the sequencing
/// thread.
class LedgerDecider final : public ledger::Decider {
 public:
    struct Parts {
        const projections::SeatSource& stored;          ///< Seats of durable events: StoredSeats over the log.
        projections::RecentSeats::DurableSize durable;  ///< The log's size().
        Reservations& reservations;
        std::unique_ptr<projections::LedgerState> state = nullptr;  ///< To go on from; null: the empty one.
    };
    /// What `parts` refers to outlives this.
    explicit LedgerDecider(Parts parts);

    /// Folds an event of the log, at start.
    void replay(const ledger::Event& event) { state_->apply(event); }
    void replay(std::span<const ledger::Event> events) { state_->apply(events); }
    /// Folds an event that has just been sequenced; its seat is kept until it is durable.
    void apply(const ledger::Event& event) override;
    /// SeatExpired for seats whose grace has ended; none while time is in doubt.
    [[nodiscard]] std::vector<ledger::EventDraft> due(const ledger::Moment& moment, std::size_t most) override;

    /// What a task decides on, within its decide(). The moment outlives it.
    [[nodiscard]] Context context(const ledger::Moment& moment);
    [[nodiscard]] const projections::LedgerState& state() const { return *state_; }

 private:
    std::unique_ptr<projections::LedgerState> state_;
    projections::RecentSeats seats_;
    Reservations& reservations_;
};

}  // namespace api::commands
