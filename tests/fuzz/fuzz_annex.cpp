// Whatever is accepted is what the encoder writes for it.
#include "ledger/core/event_codec.hpp"
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/core/random_event.hpp"

using namespace ledger;

namespace {

void check(ByteView input) {
    const auto values = decode_annex(input);
    if (values) ACTLEDGER_ASSERT(encode_annex(*values) == copy(input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({data, size});
    if (size == 0) return 0;
    check(fuzz::edited(encode_annex(RandomEvents(data[0]).annex()), {data + 1, size - 1}));
    return 0;
}
