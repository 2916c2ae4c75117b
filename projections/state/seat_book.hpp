#pragma once
// projections/state/seat_book.hpp: which device holds which seat, and how many seats of each licence are taken. At most
// 200 bytes a device. One thread. How it is laid out: docs/adr/0011-seat-book.md; the rule of what is the same device:
// docs/formats/components.md.

#include <algorithm>
#include <functional>
#include <optional>

#include "projections/state/lease_queue.hpp"
#include "projections/state/legacy_seats.hpp"
#include "projections/state/licenses.hpp"
#include "projections/state/packed_index.hpp"
#include "projections/state/released_seats.hpp"
#include "projections/state/seat_records.hpp"
#include "projections/state/seat_source.hpp"
#include "projections/state/unclaimed_seats.hpp"

namespace projections {

class StateReader;
class StateWriter;

/// A seat that is held, as the book keeps it; the rest is in event `current`.
struct HeldSeat {
    ledger::ActivationId id;
    ledger::SequenceNumber activated;  ///< Its SeatActivated.
    ledger::SequenceNumber current;    ///< The newest event with its seat.
    ledger::Timestamp grace_ends;      ///< Judged time; 0: perpetual.
    LicenseIndex license;              ///< That the newest event names.
    SeatStanding standing = SeatStanding::granted;
};

/// A seat found by its device, with what its newest event says.
struct SeatMatch {
    HeldSeat held;
    ledger::Seat seat;
};

enum class EventTime { believed, in_doubt };

class SeatBook {
 public:
    /// @param licenses  outlives the book, and has folded every event that the book has.
    explicit SeatBook(const Licenses& licenses) : licenses_(licenses) {}

    /// So many events will be folded: as many seats may come, but no more than there are licences for. Growing step by
    /// step would take a tenth of the time of an audit.
    void expect_events(std::uint64_t count) { expected_events_ = count; }

    /// Total: an event that cannot be (an unknown licence or activation) is passed over; judging finds it.
    /// @param time  whether event times are in doubt, before the event or after it.
    void apply(const ledger::Event& event, EventTime time);
    /// The event is about to be judged or folded: what it will look up is brought near, in two steps. Change nothing.
    enum class Nearness { shards, entries };
    void prefetch(const ledger::Event& event, Nearness nearness) const;

    [[nodiscard]] std::optional<HeldSeat> find(const ledger::ActivationId& id) const;
    /// A seat that was given back, as long as it is remembered (the last ReleasedSeats::capacity of them).
    [[nodiscard]] const ReleasedSeat* find_released(const ledger::ActivationId& id) const { return released_.find(id); }

    /// The seat that this device holds of the product. Of several that agree: the one with most agreeing kinds, then
    /// with this device key, then the one activated first.
    /// @param components  as in an event: sorted, each once.
    /// @return what `source` returns when reading fails
    [[nodiscard]] ledger::Result<std::optional<SeatMatch>> match(ProductIndex product,
                                                                 std::span<const ledger::Component> components,
                                                                 ledger::ByteView device_public_key,
                                                                 const SeatSource& source) const;

    /// Seats that count against the licence: its own and those of the licences that it superseded; held ones, those
    /// that are unclaimed since a loss, and those that are kept for desktops of the previous product. One that is lent
    /// stands on an unclaimed one and does not count beside it.
    [[nodiscard]] std::uint64_t used(LicenseIndex license) const {
        return taken_of(license) + std::max(unclaimed_of(license), lent_of(license));
    }
    /// Granted, or kept: what the log shows.
    [[nodiscard]] std::uint64_t taken_of(LicenseIndex license) const {
        return granted_of(license) + legacy_of(license);
    }
    [[nodiscard]] std::uint64_t held_of(LicenseIndex license) const;  ///< Lent ones too.
    [[nodiscard]] std::uint64_t lent_of(LicenseIndex license) const;
    [[nodiscard]] std::uint64_t granted_of(LicenseIndex license) const { return held_of(license) - lent_of(license); }
    /// used(), if one that is lent were granted.
    [[nodiscard]] std::uint64_t used_if_granted(LicenseIndex license) const {
        return taken_of(license) + 1 + std::max(unclaimed_of(license), lent_of(license) - 1);
    }
    [[nodiscard]] std::uint64_t unclaimed_of(LicenseIndex license) const;
    [[nodiscard]] std::uint64_t legacy_of(LicenseIndex license) const;
    [[nodiscard]] const LegacySeats& legacy() const { return legacy_; }
    [[nodiscard]] const UnclaimedBook& unclaimed() const { return unclaimed_; }
    [[nodiscard]] std::uint64_t held() const { return records_.live(); }
    /// Whether a seat under this activation id counts against the licence already, whatever it stood on before: held
    /// and not lent, or kept for a desktop of the previous product. Adopting it takes nothing that is unclaimed.
    /// @param holder  a licence that no other took over
    [[nodiscard]] bool is_taken(const ledger::ActivationId& id, LicenseIndex holder) const;
    /// Adopted ones that their devices have not renewed since.
    [[nodiscard]] std::uint64_t unconfirmed() const { return unconfirmed_; }
    [[nodiscard]] std::uint64_t lent() const;

    /// When the first leased seat that counts against the licence is given back if nobody renews it; nothing if all are
    /// perpetual.
    [[nodiscard]] std::optional<ledger::Timestamp> next_free_at(LicenseIndex license) const;
    /// Seats whose grace has ended at `judged`, at most `most`, the earliest first, ties by activation.
    [[nodiscard]] std::vector<ledger::ActivationId> run_out(ledger::Timestamp judged, std::size_t most) const;

    /// Calls `visit` with held seats in the book's own order from `cursor` (0 to begin) until it returns false.
    /// @return the cursor to go on from, or nothing at the end. Seats that change in between may be missed or come
    /// twice.
    std::optional<std::uint32_t> visit(std::uint32_t cursor, const std::function<bool(const HeldSeat&)>& visit) const;

    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    void activate(const ledger::Event& event, const ledger::Seat& seat, SeatStanding standing);
    void adopt(const ledger::Event& event, const ledger::SeatAdopted& seat);
    void lend(const ledger::Event& event, const ledger::Seat& seat);
    void renew(const ledger::Event& event, const ledger::Seat& seat);
    void extend(const ledger::Event& event, const ledger::Seat& seat, RecordNumber number);
    void change_device(const ledger::Event& event, const ledger::Seat& seat);
    void give_back(const ledger::Event& event, const ledger::ActivationId& id, ReleasedSeat::Reason reason);
    [[nodiscard]] std::optional<RecordNumber> find_record(const ledger::ActivationId& id) const;
    RecordNumber enter(const HeldSeat& seat, std::span<const ledger::Component> components);
    void retire(RecordNumber number);
    void sweep_a_little();
    void count(const SeatRecord& record, std::int64_t change);
    void stand(RecordNumber number, SeatStanding standing);
    [[nodiscard]] std::uint64_t sum(const std::vector<std::uint64_t>& seats, LicenseIndex license) const;
    /// At the first seat. @param components_each  as many as that one has.
    void make_room(std::size_t components_each);
    [[nodiscard]] LeaseQueue& leases_of(LicenseIndex license) const;
    [[nodiscard]] HeldSeat held_seat(RecordNumber number) const;
    [[nodiscard]] std::vector<RecordNumber> in_order_of_activation() const;
    void read_seats(StateReader& in, std::uint64_t count);
    void read_components(StateReader& in, std::uint64_t count);
    void index_ids(StateReader& in);

    const Licenses& licenses_;
    std::uint64_t expected_events_ = 0;  // 0: not known, or seen to
    SeatRecords records_;
    PackedIndex by_component_;
    PackedIndex by_id_;
    ReleasedSeats released_;
    UnclaimedBook unclaimed_;
    LegacySeats legacy_;
    std::vector<std::uint64_t> held_;  // by LicenseIndex
    std::vector<std::uint64_t> lent_;  // by LicenseIndex
    std::uint64_t unconfirmed_ = 0;
    mutable std::vector<LeaseQueue> leases_;  // by LicenseIndex; asking drops stale entries

    static constexpr std::uint64_t retired_tolerated = 1'024;
    static constexpr std::uint64_t retired_per_shard = 4;  // so that a batch of expiries does not hold the sequencer up
    std::vector<RecordNumber> retired_;                    // since the last sweep began
    std::vector<RecordNumber> sweeping_;                   // free once every shard is swept; empty: no sweep goes on
    std::size_t next_swept_ = 0;
    std::uint64_t retired_since_sweep_ = 0;
};

}  // namespace projections
