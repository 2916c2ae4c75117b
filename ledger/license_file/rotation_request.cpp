#include "ledger/license_file/rotation_request.hpp"

#include "ledger/core/certificate.hpp"
#include "ledger/core/der.hpp"
#include "ledger/license_file/certification_request.hpp"
#include "ledger/license_file/errc.hpp"

namespace ledger {
namespace {

constexpr const char* oid_hand_over = ACTLEDGER_OID_ARC ".5.5";

std::vector<Bytes> attributes_of(std::string_view hand_over) {
    return {request_attribute(oid_hand_over, der::utf8_string(hand_over))};
}

}  // namespace

bool is_rotation_request(std::string_view req) {
    const auto parsed = CertificationRequest::parse(req, rotation_request_bytes_max);
    return parsed && parsed->has(oid_hand_over);
}

Result<std::string> make_rotation_request(const std::string& hand_over, Signer& next) {
    const auto parsed = SignedHandOver::parse(hand_over);
    ACTLEDGER_ASSERT(parsed && parsed->hand_over.next == default_suite().hash(next.public_key().spki()));
    return sign_certification_request(parsed->hand_over.head.origin.server_id, attributes_of(hand_over), next);
}

Result<VerifiedRotationRequest> verify_rotation_request(std::string_view req) {
    const auto malformed = [](const char* what) { return Error{license_file::errc::request_malformed, what}; };
    ACTLEDGER_TRY(const auto parsed, CertificationRequest::parse(req, rotation_request_bytes_max));
    const auto note = parsed.text(oid_hand_over);
    if (!note) return malformed("attributes");
    auto hand_over = SignedHandOver::parse(*note);
    if (!hand_over || hand_over->hand_over.head.origin.server_id != parsed.server_id()) {
        return malformed("no hand-over of this server");
    }
    ACTLEDGER_CHECK(parsed.verify(attributes_of(*note)));
    if (hand_over->hand_over.next != default_suite().hash(parsed.key().spki())) {
        return malformed("the hand-over names another key than the request's");
    }
    return VerifiedRotationRequest{parsed.server_id(), *std::move(hand_over), parsed.key()};
}

}  // namespace ledger
