#pragma once
// projections/state/seat_source.hpp: reads back what a seat event said. The seat book keeps 8 bytes a component;
// whoever needs the whole seat asks here. ADR: docs/adr/0011-seat-book.md.

#include <functional>
#include <vector>

#include "ledger/core/event.hpp"

namespace projections {

class SeatSource {
 public:
    virtual ~SeatSource() = default;
    /// The seat that event `number` left behind, or proves (AdoptionProven). Does not block for long. One thread,
    /// unless said otherwise.
    /// @return ledger::errc::not_found if there is no such event, or none with a seat; what reading the log returns.
    [[nodiscard]] virtual ledger::Result<ledger::Seat> seat(ledger::SequenceNumber number) const = 0;
};

/// Over stored events. `read` gives the bytes of an event: the log's event().
class StoredSeats final : public SeatSource {
 public:
    using ReadEvent = std::function<ledger::Result<ledger::Bytes>(ledger::SequenceNumber)>;
    explicit StoredSeats(ReadEvent read) : read_(std::move(read)) {}
    [[nodiscard]] ledger::Result<ledger::Seat> seat(ledger::SequenceNumber number) const override;

 private:
    ReadEvent read_;
};

/// Events that are sequenced and not durable yet are not in the log: this keeps them until they are, and asks `stored`
/// for all others.
class RecentSeats final : public SeatSource {
 public:
    /// The log's size(): what is durable. Asked about once in `trim_every` seats.
    using DurableSize = std::function<ledger::Result<ledger::TreeSize>()>;
    /// @param stored  outlives this.
    RecentSeats(const SeatSource& stored, DurableSize durable) : stored_(stored), durable_(std::move(durable)) {}
    /// Keeps the event's seat, if it has one, and lets go of those that are durable.
    void add(const ledger::Event& event);
    [[nodiscard]] ledger::Result<ledger::Seat> seat(ledger::SequenceNumber number) const override;
    [[nodiscard]] std::size_t kept() const { return kept_; }

    static constexpr std::size_t trim_every = 256;

 private:
    struct Kept {
        ledger::SequenceNumber number;
        ledger::Seat seat;
    };
    [[nodiscard]] const Kept& at(std::size_t i) const { return ring_[(first_ + i) % ring_.size()]; }
    Kept& take_slot();

    const SeatSource& stored_;
    DurableSize durable_;
    // Ascending from first_ on and around the end. What was let go of stays there, so that its memory is used again.
    std::vector<Kept> ring_;
    std::size_t first_ = 0;
    std::size_t kept_ = 0;
    std::size_t trim_above_ = trim_every;
};

}  // namespace projections
