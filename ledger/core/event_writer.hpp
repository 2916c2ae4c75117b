#pragma once
// ledger/core/event_writer.hpp: event and annex values to canonical bytes, into a caller's buffer. Used by the codec,
// to write and to compare what it has read.

#include "ledger/core/canonical_writer.hpp"
#include "ledger/core/event.hpp"

namespace ledger {

/// @return the framed message inside `buffer`; empty if it does not fit.
[[nodiscard]] std::optional<ByteView> write_event(const Event& event, std::span<std::uint64_t> buffer);
[[nodiscard]] std::optional<ByteView> write_annex(std::span<const AnnexValue> values, std::span<std::uint64_t> buffer);

/// A List(AnnexValue) at `at`, as it stands in an annex entry and in an activation file. Null if empty.
void write_annex_values(CanonicalWriter& writer, CanonicalWriter::Slot at, std::span<const AnnexValue> values);
/// A List(Data). Null if empty.
void write_data_list(CanonicalWriter& writer, CanonicalWriter::Slot at, std::span<const Bytes> items);

}  // namespace ledger
