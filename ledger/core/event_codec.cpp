#include "ledger/core/event_codec.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_reader.hpp"
#include "ledger/core/event_rules.hpp"
#include "ledger/core/event_writer.hpp"

namespace ledger {
namespace {

constexpr std::size_t words_for(std::size_t bytes_max) { return bytes_max / sizeof(std::uint64_t); }

/// Whether the kind with this index in the union has a seat.
template <std::size_t index = 0>
constexpr bool is_seat_kind(std::uint64_t kind) {
    if constexpr (index == std::variant_size_v<EventBody>) {
        return false;
    } else {
        return kind == index ? std::is_base_of_v<Seat, std::variant_alternative_t<index, EventBody>>
                             : is_seat_kind<index + 1>(kind);
    }
}

static_assert(annex_field_count * (annex_value_bytes_max + 128) < annex_bytes_max, "every annex fits");

}  // namespace

Result<Bytes> encode_event(const Event& event) {
    ACTLEDGER_CHECK(check_event_rules(event));
    std::array<std::uint64_t, words_for(event_bytes_max)> buffer;
    const auto encoded = write_event(event, buffer);
    if (!encoded) return Error{errc::too_large, "event"};
    return copy(*encoded);
}

Result<Event> decode_event(ByteView stored) {
    Result<Event> event{Event{}};
    ACTLEDGER_CHECK(decode_event(stored, *event));
    return event;
}

Result<void> decode_event(ByteView stored, Event& event) {
    if (stored.size() > event_bytes_max) return Error{errc::too_large, "event"};
    CanonicalReader reader(stored);
    ACTLEDGER_CHECK(read_event(event, reader));
    if (!reader.finish()) return Error{errc::malformed_event, "not in canonical form"};
    return check_event_rules(event);
}

Result<EventPosition> peek_event(ByteView stored) {
    if (stored.size() > event_bytes_max) return Error{errc::too_large, "event"};
    const CanonicalReader reader(stored);
    // The schema version and, in the second 16 bits, the kind. The version is never zero: no version, no event.
    const std::uint64_t version_and_kind = reader.peek_root_word(2);
    if (version_and_kind == 0) return Error{errc::malformed_event, "not one framed segment"};
    const std::size_t kind = version_and_kind >> 16 & 0xffff;
    return EventPosition{
        {reader.peek_root_word(0)}, {static_cast<std::int64_t>(reader.peek_root_word(1))}, kind, is_seat_kind(kind)};
}

Bytes encode_annex(const std::vector<AnnexValue>& values) {
    ACTLEDGER_ASSERT(!values.empty() && check_annex_rules(values).has_value());
    std::array<std::uint64_t, words_for(annex_bytes_max)> buffer;
    const auto encoded = write_annex(values, buffer);
    ACTLEDGER_ASSERT(encoded.has_value());
    return copy(*encoded);
}

Result<std::vector<AnnexValue>> decode_annex(ByteView stored) {
    std::vector<AnnexValue> values;
    ACTLEDGER_CHECK(decode_annex(stored, values));
    return values;
}

Result<void> decode_annex(ByteView stored, std::vector<AnnexValue>& values) {
    if (stored.size() > annex_bytes_max) return Error{errc::malformed_annex, "too large"};
    CanonicalReader reader(stored);
    const auto found = reader.read_struct(CanonicalReader::root(), 0, 1);
    ACTLEDGER_CHECK(read_annex_values(values, reader, reader.slot(found, 0)));
    if (!reader.finish() || values.empty()) return Error{errc::malformed_annex, "not in canonical form"};
    return {};
}

Result<void> check_annex(const Suite& suite, const Event& event, const std::vector<AnnexValue>& values) {
    for (const AnnexValue& value : values) {
        const Commitment expected{value.field, commitment_digest(suite, value)};
        if (std::ranges::find(event.commitments, expected) == event.commitments.end()) {
            return Error{errc::commitment_mismatch, "event " + std::to_string(event.sequence_number.value)};
        }
    }
    return {};
}

}  // namespace ledger
