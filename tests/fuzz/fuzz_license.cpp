// The .lic archive and what is in it: whatever the edits, the only licence that comes out is the one that was signed.
#include "ledger/license_file/license_archive.hpp"
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/license_file/vendor.hpp"

using namespace ledger;

namespace {

struct Sample {
    support::Vendor vendor;
    support::Customer customer{vendor};
    LicenseTerms terms = customer.terms();
    Bytes lic = make_license(terms, {vendor.issuer}, vendor.issuer_key).value();
    LicenseArchive archive = read_license_archive(lic).value();
};

void check(ByteView input, const Sample& sample) {
    if (const auto archive = read_license_archive(input)) {
        const auto again = read_license_archive(write_license_archive(*archive));
        ACTLEDGER_ASSERT(again && *again == *archive);
    }
    if (const auto license = verify_license(input, sample.vendor.root))
        ACTLEDGER_ASSERT(license->terms == sample.terms);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Sample sample;
    const ByteView edits{data, size};
    check(edits, sample);
    check(fuzz::edited(sample.lic, edits), sample);
    // The archive's checksums would hide the message from most edits.
    if (const auto license = verify_license_bin(fuzz::edited(sample.archive.license_bin, edits), sample.vendor.root)) {
        ACTLEDGER_ASSERT(license->terms == sample.terms);
    }
    return 0;
}
