#pragma once
// tools/verify/rules_fold.hpp: the part of an audit that folds the events in order into the ledger's state, and holds
// each against the rules of the seat book (L4, L5, L11) before that.

#include "projections/state/ledger_state.hpp"
#include "projections/state/seat_rules.hpp"
#include "tools/verify/chunk.hpp"
#include "tools/verify/documents_fold.hpp"

namespace verify {

/// One thread at a time; chunks in order.
class RulesFold {
 public:
    /// All outlive this.
    RulesFold(const Trust& trust, const ledger::LogScan& scan, FindingList& findings);

    /// So many events will be added.
    void expect_events(std::uint64_t count) { state_.expect_events(count); }
    /// @return what reading the log returns
    [[nodiscard]] ledger::Result<void> add(const Chunk& chunk);
    /// After the last chunk.
    void finish() { documents_.finish(); }

    /// The first event that could not be read: from there on rules are not judged, because whatever they found could
    /// follow from it.
    [[nodiscard]] std::optional<std::uint64_t> stopped_at() const { return stopped_at_; }
    [[nodiscard]] std::uint64_t unclaimed() const;
    [[nodiscard]] std::uint64_t kept() const { return state_.seats().legacy().open(); }
    [[nodiscard]] std::uint64_t seats_held() const { return state_.seats().held(); }
    [[nodiscard]] std::uint64_t seats_lent() const { return state_.seats().lent(); }
    [[nodiscard]] std::uint64_t seats_unconfirmed() const { return state_.seats().unconfirmed(); }
    [[nodiscard]] std::uint64_t activations() const { return activations_; }
    [[nodiscard]] std::uint64_t licenses() const { return documents_.licenses(); }
    [[nodiscard]] std::optional<ledger::Timestamp> first_time() const { return first_time_; }
    [[nodiscard]] std::optional<ledger::Timestamp> last_time() const { return last_time_; }

 private:
    void prefetch(const Chunk& chunk, std::size_t i, projections::SeatBook::Nearness nearness) const;
    [[nodiscard]] ledger::Result<void> judge_rules(const ledger::Event& event);

    FindingList& findings_;
    projections::LedgerState state_;
    projections::StoredSeats source_;
    projections::SeatRules rules_;
    DocumentsFold documents_;
    std::optional<std::uint64_t> stopped_at_;
    std::uint64_t activations_ = 0;
    std::optional<ledger::Timestamp> first_time_;
    std::optional<ledger::Timestamp> last_time_;
};

}  // namespace verify
