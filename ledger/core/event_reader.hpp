#pragma once
// ledger/core/event_reader.hpp: canonical bytes to event and annex values. The counterpart of event_writer.hpp: reads
// the same fields in the same order. What a value may contain is event_rules.hpp's.

#include "ledger/core/canonical_reader.hpp"
#include "ledger/core/event.hpp"

namespace ledger {

/// Fills every field of `event`, whatever it held. The caller asks the reader's finish().
/// @return errc::malformed_event for lengths and numbers that the values cannot hold; errc::unknown_event_kind
[[nodiscard]] Result<void> read_event(Event& event, CanonicalReader& reader);

/// A List(AnnexValue) at `at`, as it stands in an annex entry and in an activation file.
/// @return errc::malformed_annex for a salt that is not of 16 bytes, fields out of order, text beyond its limit
[[nodiscard]] Result<void> read_annex_values(std::vector<AnnexValue>& values, CanonicalReader& reader,
                                             CanonicalReader::Slot at);
/// A List(Data) of at most `count_max`.
[[nodiscard]] std::vector<Bytes> read_data_list(CanonicalReader& reader, CanonicalReader::Slot at,
                                                std::size_t count_max);

}  // namespace ledger
