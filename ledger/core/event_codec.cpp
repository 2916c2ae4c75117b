#include "ledger/core/event_codec.hpp"

#include <kj/exception.h>

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_reader.hpp"
#include "ledger/core/event_rules.hpp"
#include "ledger/core/event_writer.hpp"
#include "ledger/core/framed_message.hpp"

namespace ledger {
namespace {

/// Space for the largest message, and one word more: what does not fit is too large.
constexpr std::size_t words_for(std::size_t bytes_max) { return bytes_max / sizeof(std::uint64_t); }

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
    if (stored.size() > event_bytes_max) return Error{errc::too_large, "event"};
    if (!is_one_segment(stored)) return Error{errc::malformed_event, "not one framed segment"};
    try {
        FramedMessage<event_bytes_max> message(stored);
        auto event = read_event(message.root<wire::Event>());
        if (!event) return event;
        ACTLEDGER_CHECK(check_event_rules(*event));
        std::array<std::uint64_t, words_for(event_bytes_max)> buffer;
        const auto again = write_event(*event, buffer);
        if (!again || !equal(*again, stored)) return Error{errc::malformed_event, "not in canonical form"};
        return event;
    } catch (const kj::Exception& exception) {
        return Error{errc::malformed_event, exception.getDescription().cStr()};
    }
}

Result<EventPosition> peek_event(ByteView stored) {
    // Framing (8 bytes), root pointer (8), then the struct at once, as the canonical form has it: number and time
    // first.
    constexpr std::size_t struct_begin = 16;
    if (stored.size() > event_bytes_max) return Error{errc::too_large, "event"};
    if (!is_one_segment(stored) || stored.size() < struct_begin + 2 * sizeof(std::uint64_t)) {
        return Error{errc::malformed_event, "not one framed segment"};
    }
    EventPosition position;
    std::memcpy(&position.sequence_number.value, stored.data() + struct_begin, sizeof(std::uint64_t));
    std::memcpy(&position.time.us, stored.data() + struct_begin + sizeof(std::uint64_t), sizeof(std::int64_t));
    return position;
}

Bytes encode_annex(const std::vector<AnnexValue>& values) {
    std::array<std::uint64_t, words_for(annex_bytes_max)> buffer;
    const auto encoded = write_annex(values, buffer);
    ACTLEDGER_ASSERT(encoded.has_value());
    return copy(*encoded);
}

Result<std::vector<AnnexValue>> decode_annex(ByteView stored) {
    if (stored.size() > annex_bytes_max || !is_one_segment(stored)) {
        return Error{errc::malformed_annex, "not one framed segment"};
    }
    try {
        FramedMessage<annex_bytes_max> message(stored);
        auto values = read_annex_values(message.root<wire::Annex>().getValues());
        if (!values) return values;
        if (values->empty()) return Error{errc::malformed_annex, "no values"};
        std::array<std::uint64_t, words_for(annex_bytes_max)> buffer;
        const auto again = write_annex(*values, buffer);
        if (!again || !equal(*again, stored)) return Error{errc::malformed_annex, "not in canonical form"};
        return values;
    } catch (const kj::Exception& exception) {
        return Error{errc::malformed_annex, exception.getDescription().cStr()};
    }
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
