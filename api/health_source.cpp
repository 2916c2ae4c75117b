#include "api/health_source.hpp"

#include "ledger/core/errc.hpp"

namespace api {

ledger::Error with_cause(const HealthSource& health, ledger::Error error) {
    if (error.code != ledger::errc::signer_unavailable) return error;
    const HsmHealth hsm = health.hsm();
    if (!hsm.ready && hsm.why) return *hsm.why;
    const auto anchor = health.anchor();
    if (anchor && anchor->failing) return *anchor->failing;
    return error;  // it is well again, or was never asked yet
}

}  // namespace api
