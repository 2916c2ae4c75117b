// CMS messages: what is accepted has one spelling, and a good signature is over the content that was signed.
#include "ledger/license_file/signed_message.hpp"
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/license_file/vendor.hpp"

using namespace ledger;

namespace {

struct Sample {
    support::Vendor vendor;
    Bytes content = copy(as_bytes("signed content"));
    Bytes der = sign_message(content, {vendor.issuer}, vendor.issuer_key, support::license_made_at).value().der();
};

void check(ByteView input) {
    if (const auto message = SignedMessage::parse(input, 60'000)) {
        ACTLEDGER_ASSERT(equal(message->der(), input));
        static_cast<void>(message->verify_signature().has_value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Sample sample;
    check({data, size});
    check(fuzz::edited(sample.der, {data, size}));
    return 0;
}
