#pragma once
// projections/state/statement_maker.hpp: makes the statement of who held which seat at a time, from the events alone,
// piece by piece, so that a thread with other work need not stand still. Memory: that of a state (200 bytes a seat) and
// 64 bytes a seat for their order. Deterministic: the same events and time give the same bytes.

#include <functional>
#include <memory>

#include "ledger/core/tree.hpp"
#include "projections/state/ledger_state.hpp"
#include "projections/state/seat_statement.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {

/// Stored events, wherever they are. What it refers to outlives it.
struct StatementSource {
    using Visitor = std::function<bool(ledger::SequenceNumber, ledger::ByteView)>;
    /// Events [from, to) in order, until the visitor returns false.
    std::function<ledger::Result<void>(ledger::SequenceNumber from, ledger::TreeSize to, const Visitor&)> visit;
    std::function<ledger::Result<ledger::Bytes>(ledger::SequenceNumber)> event;
};

/// How many of the first `size` events have a time up to `at`: event times never go back.
/// @return errc::statement_before_ledger if none has; what reading and decoding return
[[nodiscard]] ledger::Result<ledger::TreeSize> size_at(const StatementSource& source, ledger::TreeSize size,
                                                       ledger::Timestamp at);

/// One statement. One thread.
class StatementMaker {
 public:
    /// Receives each line and its text, in order; an error ends it.
    using Sink = std::function<ledger::Result<void>(const StatementLine&, std::string_view text)>;
    /// @param size  of size_at(). @param sink  may be empty: only the digest is wanted.
    StatementMaker(StatementSource source, ledger::TreeSize size, ledger::Timestamp at, Sink sink = {});

    /// Does a little: some hundred events or seats. @return true when the statement is complete; what the source, the
    /// codec and the sink return
    [[nodiscard]] ledger::Result<bool> step();
    /// For a progress bar: events folded of all, and after that seats told of all; total() tells one from the other.
    [[nodiscard]] std::uint64_t done() const { return phase_ == Phase::events ? state_->size().value : lines_done_; }
    [[nodiscard]] std::uint64_t total() const {
        return phase_ == Phase::events ? size_.value : state_->seats().held() + state_->seats().legacy().open();
    }

    // Once it is complete.
    [[nodiscard]] const StatementHead& head() const { return head_; }
    [[nodiscard]] const StatementTotals& totals() const { return totals_; }
    [[nodiscard]] const ledger::Digest& digest() const { return digest_; }  ///< SHA-256 of all lines.

 private:
    enum class Phase : std::uint8_t { events, heads, seats, kept, totals, complete };
    ledger::Result<void> fold_some();
    ledger::Result<void> tell_heads();
    ledger::Result<void> tell_seats();
    ledger::Result<void> tell_kept();
    ledger::Result<void> tell_totals();
    ledger::Result<void> tell(const StatementLine& line);
    [[nodiscard]] StatementLicense license_line(LicenseIndex index) const;
    [[nodiscard]] bool lies_in_gap() const;
    [[nodiscard]] ledger::Result<StatementSeat> seat_line(const HeldSeat& held) const;
    [[nodiscard]] ledger::Result<StatementSeat> kept_line(const LegacySeat& kept) const;
    [[nodiscard]] ledger::Result<ledger::Event> read(ledger::SequenceNumber number) const;

    StatementSource source_;
    ledger::TreeSize size_;
    ledger::Timestamp at_;
    Sink sink_;
    Phase phase_ = Phase::events;
    std::unique_ptr<LedgerState> state_;
    const ledger::Suite* suite_ = nullptr;  // as event 0 names it
    std::optional<ledger::Frontier> tree_;
    std::vector<ledger::Event> batch_;  // memory is used again
    std::vector<ledger::Digest> completed_;
    std::vector<HeldSeat> seats_;  // in the order of their lines
    std::size_t next_ = 0;         // of seats_, then of the legacy seats
    std::uint64_t lines_done_ = 0;
    StateWriter hash_;
    StatementHead head_;
    StatementTotals totals_;
    ledger::Digest digest_;
};

}  // namespace projections
