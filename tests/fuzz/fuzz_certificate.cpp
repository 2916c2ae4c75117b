// Certificates in DER and PEM: what is accepted is handed back byte for byte, and only what the root signed is trusted.
#include "ledger/core/der.hpp"
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/license_file/vendor.hpp"

using namespace ledger;

namespace {

void check(ByteView input, const support::Vendor& vendor) {
    static_cast<void>(Certificate::from_pem(as_text(input)).has_value());
    const auto certificate = Certificate::from_der(input);
    if (!certificate) return;
    ACTLEDGER_ASSERT(equal(certificate->der(), input));
    ACTLEDGER_ASSERT(der::check(input).has_value());
    const auto again = Certificate::from_pem(certificate->pem());
    ACTLEDGER_ASSERT(again && again->der() == certificate->der());
    for (const Purpose purpose : all_purposes) {
        const auto judged = verify_chain(std::array{*certificate}, vendor.root, purpose, support::license_made_at);
        ACTLEDGER_ASSERT(!judged || certificate->spki() == vendor.issuer.spki());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const support::Vendor vendor;
    check({data, size}, vendor);
    check(fuzz::edited(vendor.issuer.der(), {data, size}), vendor);
    return 0;
}
