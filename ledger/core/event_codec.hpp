#pragma once
// ledger/core/event_codec.hpp: events to stored bytes and back. The stored bytes are the Merkle leaf and are never
// re-encoded. Format: docs/formats/event.md (Cap'n Proto's canonical form, framed).

#include "ledger/core/anchor_limits.hpp"
#include "ledger/core/event.hpp"

namespace ledger {

constexpr std::size_t event_bytes_max = 65'535;
constexpr std::size_t annex_bytes_max = 8'192;
constexpr std::size_t annex_value_bytes_max = 1'024;
constexpr std::size_t kept_head_bytes_max = 4'096;
constexpr std::size_t known_head_bytes_max = 16'384;  ///< Room for an anchor.
constexpr std::size_t hand_over_bytes_max = 1'024;
constexpr std::size_t reendorsement_bytes_max = 30'720;  ///< Room for all live licences that an anchor can name.
constexpr std::size_t unclaimed_licenses_max = anchor_licenses_max;
constexpr std::uint64_t unclaimed_seats_max = std::uint64_t{1} << 40;
constexpr std::size_t adopted_event_bytes_max = 8'192;  ///< An event with a seat is far smaller.
constexpr std::size_t adopted_head_bytes_max = 4'096;
constexpr std::uint16_t event_schema_version = 1;

/// @return errc::malformed_event for content beyond the rules of event_rules.hpp; errc::too_large beyond
/// event_bytes_max.
[[nodiscard]] Result<Bytes> encode_event(const Event& event);

/// Strict: one segment, no trailing bytes, and exactly the bytes that encode_event writes for the same content.
/// @return errc::malformed_event; errc::unknown_event_kind for a newer schema or kind; errc::too_large.
[[nodiscard]] Result<Event> decode_event(ByteView stored);
/// The same into an event that was used before, whose memory is used again: for those who read millions. After an
/// error `event` holds no particular content.
[[nodiscard]] Result<void> decode_event(ByteView stored, Event& event);

/// Only the fields of the envelope that a scan needs, without the canonical-form check.
struct EventPosition {
    SequenceNumber sequence_number;
    Timestamp time;
    std::size_t kind = 0;   ///< EventBody::index() of the whole event, if it has a kind that is known.
    bool has_seat = false;  ///< Event::seat() is there.
};
[[nodiscard]] Result<EventPosition> peek_event(ByteView stored);

/// An annex entry, keyed by sequence number in the store. An entry without values is never stored.
/// @pre values is not empty, and check_annex_rules (asserted): whoever takes a value in has judged it.
[[nodiscard]] Bytes encode_annex(const std::vector<AnnexValue>& values);
/// @return errc::malformed_annex
[[nodiscard]] Result<std::vector<AnnexValue>> decode_annex(ByteView stored);
/// The same into values that were used before, whose memory is used again.
[[nodiscard]] Result<void> decode_annex(ByteView stored, std::vector<AnnexValue>& values);

/// Every value has its commitment in the event, and matches it. A commitment without a value is fine (erased).
/// @return errc::commitment_mismatch
[[nodiscard]] Result<void> check_annex(const Suite& suite, const Event& event, const std::vector<AnnexValue>& values);

}  // namespace ledger
