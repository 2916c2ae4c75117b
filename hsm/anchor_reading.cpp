#include "hsm/anchor_reading.hpp"

#include "hsm/session_opening.hpp"

namespace hsm {

ledger::Result<std::vector<ledger::Bytes>> read_anchors(const Options& options) {
    ACTLEDGER_TRY(const LoggedIn to, log_in_to(options, KnownWrongPin::refuse));
    return to.connection->read_objects(options.label());
}

ledger::Result<void> check_key(const Options& options) {
    ACTLEDGER_TRY(const LoggedIn to, log_in_to(options, KnownWrongPin::refuse));
    auto found = find_key(*to.connection, options);
    if (found) return {};
    return with_token(std::move(found).error(), to.token);
}

}  // namespace hsm
