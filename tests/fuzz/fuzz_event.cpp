// Whatever is accepted is what the encoder writes for it, and what the Cap'n Proto library calls canonical.
#include <capnp/serialize.h>

#include "ledger/core/adoption_proof.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/events.capnp.h"
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/core/random_event.hpp"

using namespace ledger;

namespace {

void check(ByteView input) {
    (void)peek_event(input);
    const auto event = decode_event(input);
    if (!event) return;
    ACTLEDGER_ASSERT(encode_event(*event).value() == copy(input));
    (void)seat_told_by(*event);  // a proof has an event within
    ACTLEDGER_ASSERT(peek_event(input).value().sequence_number == event->sequence_number);
    auto words = kj::heapArray<capnp::word>(input.size() / sizeof(capnp::word));
    std::memcpy(words.asBytes().begin(), input.data(), input.size());
    capnp::FlatArrayMessageReader message(words);
    ACTLEDGER_ASSERT(message.isCanonical());
    const auto canonical = capnp::canonicalize(message.getRoot<wire::Event>());
    ACTLEDGER_ASSERT(canonical.asBytes() == words.asBytes().slice(sizeof(capnp::word), input.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({data, size});
    if (size == 0) return 0;
    // One kind of event for each value of the first byte, edited by the rest.
    RandomEvents events(data[0]);
    const Bytes good = encode_event(events.next(data[0] % std::variant_size_v<EventBody>)).value();
    check(fuzz::edited(good, {data + 1, size - 1}));
    return 0;
}
