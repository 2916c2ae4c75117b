#include "api/commands/context.hpp"

namespace api::commands {

ledger::Decision Context::nothing_to_do() const {
    const auto last = state.applied_through();
    ACTLEDGER_ASSERT(last.has_value());
    return {{}, *last};
}

ledger::Result<Preparation> Preparation::of(const projections::LedgerState& state) {
    const ledger::LedgerCreated* genesis = state.identity().genesis();
    ACTLEDGER_ASSERT(genesis != nullptr);
    const ledger::Suite* suite = ledger::find_suite(genesis->suite);
    ACTLEDGER_ASSERT(suite != nullptr);  // the codec refuses an event that names another
    ACTLEDGER_TRY(ledger::Certificate root, ledger::Certificate::from_der(genesis->vendor_root));
    return Preparation{*suite, genesis->device_salt, std::move(root), genesis->server_id};
}

}  // namespace api::commands
