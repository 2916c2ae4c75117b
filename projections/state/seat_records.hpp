#pragma once
// projections/state/seat_records.hpp: the seat book's fixed-size entry for each seat, in chunks that never move.

#include <memory>
#include <vector>

#include "ledger/core/event.hpp"
#include "projections/state/licenses.hpp"

namespace projections {

/// Position of a record: 0-based, dense, used again after a while.
using RecordNumber = std::uint32_t;

/// How a seat is held.
enum class SeatStanding : std::uint8_t {
    granted,
    unconfirmed,  ///< Adopted: it was active, and its device has not renewed since.
    collected,    ///< The same, and not its device showed the proof.
    lent,         ///< On a seat that is unclaimed, for a short while.
};

/// 48 bytes.
struct SeatRecord {
    enum class State : std::uint8_t {
        free,     ///< May be used.
        live,     ///< A seat that is held.
        retired,  ///< No seat any more, but indexes may still name it: not to be used before they are swept.
    };
    ledger::ActivationId id;
    ledger::SequenceNumber activated;
    ledger::SequenceNumber current;
    ledger::Timestamp grace_ends;
    std::uint32_t generation = 0;  ///< Tells entries of the lease queues that are about this use from older ones.
    LicenseIndex license;
    State state = State::free;
    SeatStanding standing = SeatStanding::granted;
};
static_assert(sizeof(SeatRecord) == 48);

/// The index key of an activation: the id's first 8 bytes, as they lie there: ids are random.
[[nodiscard]] inline std::uint64_t id_key(const ledger::ActivationId& id) {
    std::uint64_t key = 0;
    std::memcpy(&key, id.bytes.data(), sizeof key);
    return key;
}

class SeatRecords {
 public:
    static constexpr RecordNumber records_max = 0x8000'0000;  ///< The indexes need the top bit.

    /// A free record, now live, of a new generation.
    RecordNumber take();
    void retire(RecordNumber number);
    /// Makes `number` free. @pre it is retired, and no index names it (asserted).
    void release(RecordNumber number);

    [[nodiscard]] SeatRecord& operator[](RecordNumber number) {
        return chunks_[number / chunk_records][number % chunk_records];
    }
    [[nodiscard]] const SeatRecord& operator[](RecordNumber number) const {
        return chunks_[number / chunk_records][number % chunk_records];
    }
    [[nodiscard]] bool is_live(RecordNumber number) const { return (*this)[number].state == SeatRecord::State::live; }
    [[nodiscard]] std::uint64_t live() const { return live_; }
    /// Numbers [0, end()) have been used.
    [[nodiscard]] RecordNumber end() const { return end_; }

 private:
    static constexpr std::size_t chunk_records = 16'384;
    std::vector<std::unique_ptr<SeatRecord[]>> chunks_;
    std::vector<RecordNumber> free_;
    RecordNumber end_ = 0;
    std::uint64_t live_ = 0;
};

}  // namespace projections
