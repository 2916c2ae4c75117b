// Certificates in DER and PEM: what is accepted is handed back byte for byte, and only what the root signed is trusted.
#include "ledger/core/certificate_chain.hpp"
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

/// What is kept of a chain is read back as it was written, and nothing else is taken for one.
void check_chain(ByteView input, const support::Vendor& vendor) {
    const auto chain = read_chain_pem(as_text(input));
    if (!chain) return;
    ACTLEDGER_ASSERT(chain_pem(*chain) == as_text(input));
    ACTLEDGER_ASSERT(!certified_key(default_suite(), *chain, vendor.root, "aaaa"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const support::Vendor vendor;
    check({data, size}, vendor);
    static const std::string good = chain_pem(std::array{vendor.issuer.der(), vendor.root.der()});
    check_chain({data, size}, vendor);
    check_chain(fuzz::edited({good.begin(), good.end()}, {data, size}), vendor);
    check(fuzz::edited(vendor.issuer.der(), {data, size}), vendor);
    return 0;
}
