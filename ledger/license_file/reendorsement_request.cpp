#include "ledger/license_file/reendorsement_request.hpp"

#include "ledger/core/certificate.hpp"
#include "ledger/core/der.hpp"
#include "ledger/license_file/certification_request.hpp"
#include "ledger/license_file/errc.hpp"

namespace ledger {
namespace {

constexpr const char* oid_old_key = ACTLEDGER_OID_ARC ".5.3";
constexpr const char* oid_head = ACTLEDGER_OID_ARC ".5.4";

std::vector<Bytes> attributes_of(const ReendorsementRequest& request) {
    std::vector<Bytes> attributes{
        request_attribute(oid_old_key, der::value(der::tag_octet_string, request.old_key.view()))};
    if (!request.head.empty()) attributes.push_back(request_attribute(oid_head, der::utf8_string(request.head)));
    return attributes;
}

}  // namespace

bool is_reendorsement_request(std::string_view req) {
    const auto parsed = CertificationRequest::parse(req, reendorsement_request_bytes_max);
    return parsed && parsed->has(oid_old_key);
}

Result<std::string> make_reendorsement_request(const ReendorsementRequest& request, Signer& hsm) {
    if (!request.head.empty()) {
        const auto head = SignedCheckpoint::parse(request.head);
        ACTLEDGER_ASSERT(head && head->checkpoint.origin.server_id == request.server_id);
    }
    return sign_certification_request(request.server_id, attributes_of(request), hsm);
}

Result<VerifiedReendorsementRequest> verify_reendorsement_request(std::string_view req) {
    const auto malformed = [](const char* what) { return Error{license_file::errc::request_malformed, what}; };
    ACTLEDGER_TRY(const auto parsed, CertificationRequest::parse(req, reendorsement_request_bytes_max));
    const auto old_key = parsed.octets(oid_old_key);
    if (!old_key || old_key->size() != Digest::size_bytes) return malformed("attributes");
    ReendorsementRequest fields{parsed.server_id(), Digest::from(*old_key), parsed.text(oid_head).value_or("")};
    std::optional<SignedCheckpoint> head;
    if (!fields.head.empty()) {
        auto signed_head = SignedCheckpoint::parse(fields.head);
        if (!signed_head || signed_head->checkpoint.origin.server_id != parsed.server_id()) {
            return malformed("no head of this server");
        }
        head = *std::move(signed_head);
    }
    ACTLEDGER_CHECK(parsed.verify(attributes_of(fields)));
    return VerifiedReendorsementRequest{std::move(fields), std::move(head), parsed.key()};
}

}  // namespace ledger
