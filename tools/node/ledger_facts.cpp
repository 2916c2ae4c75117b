#include "tools/node/ledger_facts.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "tools/node/errc.hpp"

namespace node {

using ledger::Error;

ledger::Result<Facts> read_facts(const ledger::LogReader& log) {
    ACTLEDGER_TRY(const ledger::Bytes first, log.event({0}));
    ACTLEDGER_TRY(ledger::Event event, ledger::decode_event(first));
    auto* genesis = std::get_if<ledger::LedgerCreated>(&event.body);
    if (genesis == nullptr) return Error{ledger::errc::log_damaged, "event 0 is not LedgerCreated"};
    const auto* suite = ledger::find_suite(genesis->suite);
    if (suite == nullptr) return Error{errc::software_too_old};
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    ACTLEDGER_TRY(const ledger::Bytes last, log.event({size.value - 1}));
    ACTLEDGER_TRY(const ledger::Event newest, ledger::decode_event(last));
    ACTLEDGER_TRY(ledger::Origin origin, ledger::Origin::parse(newest.origin));
    ACTLEDGER_TRY(ledger::Certificate root, ledger::Certificate::from_der(genesis->vendor_root));
    return Facts{suite, std::move(*genesis), std::move(origin), std::move(root), {}, {}};
}

void add_incarnations(Facts& facts, const projections::Identity& identity) {
    facts.incarnations = identity.incarnations();
    for (const ledger::Incarnation& one : facts.incarnations.opened()) {
        auto chain = identity.chain_before(one.opened_by);
        // Of a log that was lost, the first one there is: it begins with that event.
        if (!chain) chain = identity.first_chain();
        facts.opening_chains.push_back(std::move(chain));
    }
}

}  // namespace node
