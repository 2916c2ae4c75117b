// tests/fuzz/fuzz_anchor.cpp: what a token holds as an anchor has one spelling, or is refused.

#include "ledger/core/anchor.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = ledger::as_text({data, size});
    const auto anchor = ledger::Anchor::parse_body(body);
    if (anchor) ACTLEDGER_ASSERT(anchor->body() == body);
    return 0;
}
