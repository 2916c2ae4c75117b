#include "snapshot/lone_event.hpp"

#include "ledger/core/event_codec.hpp"
#include "ledger/store_write/group_builder.hpp"
#include "ledger/store_write/log_tail.hpp"

namespace snapshot {

using ledger::Result;

Result<ledger::TreeHead> append_alone(const ledger::Suite& suite, ledger::LogEngine& log,
                                      const projections::LedgerState& state, const ledger::Origin& origin,
                                      const ledger::PublicKey& last_head_key, ledger::EventBody body,
                                      ledger::Signer& signer) {
    ACTLEDGER_TRY(const ledger::Origin before, ledger::Origin::parse(state.identity().origin()));
    ACTLEDGER_TRY(ledger::LogTail tail, check_tail(log, before, last_head_key));
    const ledger::TreeSize size = tail.frontier.size();
    std::vector<ledger::EventDraft> drafts;
    drafts.push_back({{ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}},
                      std::move(body),
                      {}});
    ledger::GroupBuilder builder(suite, origin, std::move(tail.frontier));
    ACTLEDGER_TRY(const auto events, builder.add(std::move(drafts), state.time().standing().not_before));
    ACTLEDGER_ASSERT(events.size() == 1);
    ACTLEDGER_CHECK(log.check_room(1, ledger::event_bytes_max));
    ACTLEDGER_TRY(const auto group, builder.close().sign(signer));
    ACTLEDGER_CHECK(log.append(size, group->events(), group->head()));
    return group->tree_head();
}

}  // namespace snapshot
