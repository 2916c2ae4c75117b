#pragma once
// projections/state/seat_search.hpp: finds the records that may be of a device, by the component index alone. Clones
// that share components do not make it slow. The argument: docs/adr/0011-seat-book.md.

#include <boost/container/small_vector.hpp>

#include "projections/state/device_match.hpp"
#include "projections/state/packed_index.hpp"

namespace projections {

/// The index key of a component: the first 8 bytes of its digest, apart for each product.
[[nodiscard]] std::uint64_t component_key(ProductIndex product, const ledger::Component& component);

/// A record that agrees as far as the index can tell; its event has the last word.
struct SeatCandidate {
    RecordNumber record;
    std::uint32_t agreeing;  ///< Kinds that agree, at most; never fewer than truly do.
};
using SeatCandidates = boost::container::small_vector<SeatCandidate, 8>;

/// Adds to `found` the live records whose licence passes `is_of_rule` and of which at least rule.match kinds hit.
/// Each once; none that is in `found` already.
void search_seats(const ledger::DeviceRule& rule, ProductIndex product, ComponentView components,
                  const PackedIndex& by_component, const SeatRecords& records,
                  const std::function<bool(LicenseIndex)>& is_of_rule, SeatCandidates& found);

}  // namespace projections
