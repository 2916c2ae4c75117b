#include "ledger/license_file/license_terms.hpp"
#include "tools/node/anchor_service.hpp"

namespace node {

std::vector<hsm::KeptLicense> kept_licenses(const ledger::Suite& suite, const projections::Licenses& licenses) {
    std::vector<hsm::KeptLicense> kept;
    for (std::uint16_t i = 0; i < licenses.size(); ++i) {
        const projections::License& license = licenses.at({i});
        kept.push_back({license.terms.license_id, projections::anchor_state(license.status),
                        suite.hash(ledger::as_bytes(ledger::license_terms_json(license.terms))),
                        license.terms.quantity});
    }
    return kept;
}

}  // namespace node
