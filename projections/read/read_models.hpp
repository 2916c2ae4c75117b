#pragma once
// projections/read/read_models.hpp: what people look at: history of each activation, search by id, product, licence and
// time, counts per day. Folded from the log into a second LMDB environment; can be thrown away and rebuilt.
// Tables: docs/formats/read-models.md.

#include <atomic>
#include <span>
#include <vector>

#include "ledger/store_read/log_reader.hpp"
#include "projections/read/read_environment.hpp"

namespace projections {

/// What happened to an activation, one event. The event itself has the rest.
struct SeatChange {
    enum class Kind : std::uint8_t { activated, renewed, device_changed, released, expired };
    ledger::SequenceNumber by;
    ledger::ActivationId activation;
    ledger::Timestamp at;  ///< Event time.
    Kind kind{};
    bool operator==(const SeatChange&) const = default;
};
constexpr std::size_t seat_change_kinds = 5;

/// An activation as it is, or was when it was given back.
struct SeatSummary {
    ledger::ActivationId id;
    std::string product;
    std::string license;
    ledger::SequenceNumber activated;
    ledger::SequenceNumber newest;  ///< The last event about it.
    bool held = false;
    bool operator==(const SeatSummary&) const = default;
};

struct DayCount {
    std::int64_t day = 0;                                    ///< Days since 1970-01-01, UTC, of event times.
    ledger::SequenceNumber first;                            ///< The day's first event about a seat.
    std::array<std::uint64_t, seat_change_kinds> changes{};  ///< By SeatChange::Kind.
    bool operator==(const DayCount&) const = default;
};

/// One writer thread; any number of readers at the same time. Total: what an event says of an activation that is not
/// known is passed over.
class ReadModels {
 public:
    using Access = ReadEnvironment::Access;
    /// For writing, models that are not of this log's history are emptied first, and damaged ones are removed.
    /// @return read_errc::read_models_unusable, read_models_busy; reading: read_models_stale, read_models_damaged; what
    /// reading the log returns
    [[nodiscard]] static ledger::Result<std::unique_ptr<ReadModels>> open(const std::filesystem::path& folder,
                                                                          const ledger::LogReader& log, Access access);

    ~ReadModels();
    ReadModels(const ReadModels&) = delete;
    ReadModels& operator=(const ReadModels&) = delete;

    /// How many events are in; applied_through is this - 1. What is committed.
    [[nodiscard]] ledger::TreeSize size() const { return {size_.load()}; }
    /// Folds the next ones, in order. Seen by readers, and kept, from commit() on. After an error nothing of it is, and
    /// what is committed stays good, unless it was read_errc::read_models_damaged.
    [[nodiscard]] ledger::Result<void> apply(std::span<const ledger::Event> events);
    /// @param log  has the events that were folded: their head is kept with them.
    [[nodiscard]] ledger::Result<void> commit(const ledger::LogReader& log);
    void give_up();  ///< Of what was applied since the last commit.

    /// Over all tables in their order: equal contents have equal digests. Reads everything. @return also the size
    struct Stated {
        ledger::TreeSize size;
        ledger::Digest digest;
    };
    [[nodiscard]] ledger::Result<Stated> digest() const;
    [[nodiscard]] const ReadEnvironment& environment() const { return *environment_; }
    /// Why open() for writing began with nothing although there was something: damaged, stale.
    [[nodiscard]] const std::optional<ledger::Error>& begun_anew() const { return begun_anew_; }

 private:
    class Writer;
    explicit ReadModels(std::unique_ptr<ReadEnvironment> environment);
    [[nodiscard]] ledger::Result<void> check_history(const ledger::LogReader& log, Access access);
    [[nodiscard]] ledger::Result<void> empty();
    std::optional<ledger::Error> begun_anew_;

    std::unique_ptr<ReadEnvironment> environment_;
    std::atomic<std::uint64_t> size_{0};
    std::unique_ptr<Writer> writer_;  // a transaction under way
};

}  // namespace projections
