#include "hsm/anchor_reading.hpp"

#include "hsm/errc.hpp"
#include "hsm/session_opening.hpp"

namespace hsm {

ledger::Result<std::vector<ledger::Bytes>> read_anchors(const Options& options) {
    ACTLEDGER_TRY(const LoggedIn to, log_in_to(options));
    return to.connection->read_objects(options.label());
}

ledger::Result<bool> has_key(const Options& options) {
    ACTLEDGER_ASSERT(options.public_key.has_value());
    ACTLEDGER_TRY(const LoggedIn to, log_in_to(options));
    const auto found = find_key(*to.connection, options);
    if (found) return true;
    const auto& code = found.error().code;
    if (code == errc::key_not_found || code == errc::wrong_key) return false;
    return found.error();
}

}  // namespace hsm
