// tests/fuzz/fuzz_pkcs11_uri.cpp: a URI that is accepted is written so that it is read as the same.

#include "hsm/uri.hpp"
#include "ledger/core/bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto uri = hsm::Uri::parse(ledger::as_text({data, size}));
    if (!uri) return 0;
    const std::string text = uri->text();
    if (text.size() > hsm::uri_bytes_max) return 0;  // percent-encoding made it longer than what is read
    const auto again = hsm::Uri::parse(text);
    ACTLEDGER_ASSERT(again && *again == *uri);
    return 0;
}
