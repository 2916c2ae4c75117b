#include "ledger/license_file/license_request.hpp"

#include "ledger/core/certificate.hpp"
#include "ledger/core/checkpoint.hpp"
#include "ledger/core/der.hpp"
#include "ledger/license_file/certification_request.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_terms.hpp"

namespace ledger {
namespace {

constexpr const char* oid_product = ACTLEDGER_OID_ARC ".5.1";
constexpr const char* oid_quantity = ACTLEDGER_OID_ARC ".5.2";

bool in_limits(const LicenseRequest& request) {
    return is_server_id(request.server_id) && is_license_name(request.product) && request.quantity >= 1 &&
           request.quantity <= license_quantity_max;
}

std::vector<Bytes> attributes_of(const LicenseRequest& request) {
    return {request_attribute(oid_product, der::utf8_string(request.product)),
            request_attribute(oid_quantity, der::integer(request.quantity))};
}

}  // namespace

Result<std::string> make_license_request(const LicenseRequest& request, Signer& hsm) {
    ACTLEDGER_ASSERT(in_limits(request));
    return sign_certification_request(request.server_id, attributes_of(request), hsm);
}

Result<VerifiedRequest> verify_license_request(std::string_view req) {
    ACTLEDGER_TRY(const auto parsed, CertificationRequest::parse(req, license_request_bytes_max));
    const auto product = parsed.text(oid_product);
    const auto quantity = parsed.number(oid_quantity);
    if (!product || !quantity) return Error{license_file::errc::request_malformed, "attributes"};
    LicenseRequest fields{parsed.server_id(), *product, *quantity};
    if (!in_limits(fields)) return Error{license_file::errc::request_malformed, "a field out of its limits"};
    ACTLEDGER_CHECK(parsed.verify(attributes_of(fields)));
    return VerifiedRequest{std::move(fields), parsed.key()};
}

}  // namespace ledger
