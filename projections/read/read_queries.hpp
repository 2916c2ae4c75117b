#pragma once
// projections/read/read_queries.hpp: what can be asked of the read models. Each call is one short read transaction; any
// thread. @return of all: read_errc::read_models_unusable

#include "projections/read/read_models.hpp"

namespace projections {

[[nodiscard]] ledger::Result<std::optional<SeatSummary>> find_seat(const ReadEnvironment& models,
                                                                   const ledger::ActivationId& id);
/// What happened to it, the newest first, at most `most`.
[[nodiscard]] ledger::Result<std::vector<SeatChange>> seat_history(const ReadEnvironment& models,
                                                                   const ledger::ActivationId& id, std::size_t most);

struct SeatQuery {
    std::string product;                    ///< Empty: all.
    std::string license;                    ///< That it is under now; empty: all.
    std::optional<ledger::Timestamp> from;  ///< Activated, or brought under the licence, at or after.
    std::optional<ledger::Timestamp> to;    ///< … and before.
};
struct SeatPageFound {
    std::vector<SeatSummary> seats;              ///< In the order of those events.
    std::optional<ledger::SequenceNumber> next;  ///< To go on from; nothing: that was all. A page may be short.
};
/// Looks at some thousand entries at most, so that a rare match does not hold a reader's transaction open for long.
/// @param from  0, or `next` of the page before. @pre most > 0 (asserted)
[[nodiscard]] ledger::Result<SeatPageFound> query_seats(const ReadEnvironment& models, const SeatQuery& query,
                                                        ledger::SequenceNumber from, std::size_t most);

/// Days in [first, last], days without a change left out, at most `most`.
[[nodiscard]] ledger::Result<std::vector<DayCount>> count_days(const ReadEnvironment& models, std::int64_t first,
                                                               std::int64_t last, std::size_t most);

}  // namespace projections
