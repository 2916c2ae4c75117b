// Whatever is accepted is what the encoder writes for it.
#include "ledger/core/bytes.hpp"

using namespace ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes{data, size};
    const auto decoded = base64_decode(as_text(bytes));
    if (decoded) ACTLEDGER_ASSERT(base64_encode(*decoded) == as_text(bytes));
    ACTLEDGER_ASSERT(equal(base64_decode(base64_encode(bytes)).value(), bytes));
    return 0;
}
