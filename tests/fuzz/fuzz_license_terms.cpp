// The JSON terms of licences and revocations: what is accepted has one spelling and keeps its limits.
#include "ledger/license_file/revocation.hpp"
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/license_file/vendor.hpp"

using namespace ledger;

namespace {

void check(std::string_view text) {
    if (const auto terms = parse_license_terms(text)) {
        ACTLEDGER_ASSERT(license_terms_json(*terms) == text);
        ACTLEDGER_ASSERT(terms->quantity >= 1 && terms->quantity <= license_quantity_max);
        ACTLEDGER_ASSERT(terms->valid_from < terms->valid_to);
        ACTLEDGER_ASSERT(terms->device.match >= 1 && terms->device.match <= terms->device.components.size());
    }
    if (const auto revocation = parse_revocation_json(text)) ACTLEDGER_ASSERT(revocation_json(*revocation) == text);
}

Bytes sample_revocation() {
    Revocation revocation;
    revocation.revocation_id = "REV-1";
    revocation.issued_at = support::license_made_at;
    revocation.server_id = std::string(32, 'a');
    revocation.license_ids = {"LIC-1", "LIC-2"};
    revocation.certificate_fingerprints = {Digest{}};
    return copy(as_bytes(revocation_json(revocation)));
}

Bytes sample_terms() {
    const support::Vendor vendor;
    LicenseTerms terms = support::Customer(vendor).terms();
    terms.lease = {false, 30, 15, 7};
    return copy(as_bytes(license_terms_json(terms)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Bytes terms = sample_terms();
    static const Bytes revocation = sample_revocation();
    const ByteView edits{data, size};
    check(as_text(edits));
    check(as_text(fuzz::edited(terms, edits)));
    check(as_text(fuzz::edited(revocation, edits)));
    return 0;
}
