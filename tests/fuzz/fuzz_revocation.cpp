// Revocation files: whatever the edits, the only revocation that comes out is the one that was signed.
#include "ledger/license_file/revocation.hpp"
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/license_file/vendor.hpp"

using namespace ledger;

namespace {

struct Sample {
    support::Vendor vendor;
    Revocation revocation{"REV-1", support::license_made_at, {}, {"LIC-1"}, {}, "reason"};
    Bytes rev = make_revocation(revocation, {vendor.issuer}, vendor.issuer_key).value();
};

void check(ByteView input, const Sample& sample) {
    const auto verified = verify_revocation(input, sample.vendor.root);
    if (verified) ACTLEDGER_ASSERT(verified->revocation == sample.revocation);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Sample sample;
    check({data, size}, sample);
    check(fuzz::edited(sample.rev, {data, size}), sample);
    return 0;
}
