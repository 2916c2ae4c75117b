// Re-endorsement files and their requests: whatever the edits, the only one that comes out is the one that was signed.
#include "ledger/license_file/reendorsement.hpp"
#include "ledger/license_file/reendorsement_request.hpp"
#include "tests/fuzz/edited.hpp"
#include "tests/ledger/license_file/vendor.hpp"

using namespace ledger;

namespace {

struct Sample {
    support::Vendor vendor;
    mutable support::Customer customer{vendor};
    mutable PrivateKey signer_key = PrivateKey::generate();
    mutable PrivateKey new_key = PrivateKey::generate();
    Certificate signer = vendor.certificate(Purpose::recovery_signer, signer_key);
    Checkpoint head{{customer.server_id, 2}, {{17}, {}}};
    Digest old_key = default_suite().hash(customer.key.public_key().spki());
    Reendorsement reendorsement{
        "REE-1",
        support::license_made_at,
        customer.server_id,
        old_key,
        issue_server_certificate(vendor.root, vendor.root_key, new_key.public_key(), customer.server_id).der(),
        head};
    Reendorsement for_lost_log = with_lost_log();
    Bytes lost_json = copy(as_bytes(reendorsement_json(for_lost_log)));
    Bytes lost_ree = make_reendorsement(for_lost_log, {signer}, signer_key).value();
    Bytes json = copy(as_bytes(reendorsement_json(reendorsement)));
    Bytes ree = make_reendorsement(reendorsement, {signer}, signer_key).value();
    std::string note = sign_note(default_suite(), head.body(), head.origin.text(), customer.key).value();
    std::string req = make_reendorsement_request({customer.server_id, old_key, note}, new_key).value();
    std::string headless_req = make_reendorsement_request({customer.server_id, old_key, ""}, new_key).value();

 private:
    [[nodiscard]] Reendorsement with_lost_log() const {
        Reendorsement lost = reendorsement;
        lost.lost_log = LostLogTerms{1'002, {{"LIC-1", old_key, 500, 40}, {"LIC-2", old_key, 7, 0}}, {Digest{}}};
        return lost;
    }
};

void check(ByteView input, const Sample& sample) {
    const auto verified = verify_reendorsement(input, sample.vendor.root);
    if (verified) {
        const bool signed_one =
            verified->reendorsement == sample.reendorsement || verified->reendorsement == sample.for_lost_log;
        ACTLEDGER_ASSERT(signed_one);
    }
    const auto parsed = parse_reendorsement_json(as_text(input));
    if (parsed) ACTLEDGER_ASSERT(reendorsement_json(*parsed) == as_text(input));
}

void check_request(ByteView input, const Sample& sample) {
    const auto request = verify_reendorsement_request(as_text(input));
    if (!request || !(request->new_key == sample.new_key.public_key())) return;
    ACTLEDGER_ASSERT(request->request.old_key == sample.old_key);
    ACTLEDGER_ASSERT(request->request.head == sample.note || request->request.head.empty());
    ACTLEDGER_ASSERT(request->head.has_value() != request->request.head.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Sample sample;
    check({data, size}, sample);
    check(fuzz::edited(sample.ree, {data, size}), sample);
    check(fuzz::edited(sample.json, {data, size}), sample);
    check(fuzz::edited(sample.lost_ree, {data, size}), sample);
    check(fuzz::edited(sample.lost_json, {data, size}), sample);
    check_request(fuzz::edited(copy(as_bytes(sample.headless_req)), {data, size}), sample);
    check_request({data, size}, sample);
    check_request(fuzz::edited(copy(as_bytes(sample.req)), {data, size}), sample);
    return 0;
}
