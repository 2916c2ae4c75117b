#include "api/commands/ledger_decider.hpp"

namespace api::commands {

LedgerDecider::LedgerDecider(Parts parts)
    : state_(parts.state ? std::move(parts.state) : std::make_unique<projections::LedgerState>()),
      seats_(parts.stored, std::move(parts.durable)),
      reservations_(parts.reservations) {}

void LedgerDecider::apply(const ledger::Event& event) {
    state_->apply(event);
    seats_.add(event);
}

std::vector<ledger::EventDraft> LedgerDecider::due(const ledger::Moment& moment, std::size_t most) {
    std::vector<ledger::EventDraft> drafts;
    if (moment.in_doubt) return drafts;
    for (const ledger::ActivationId& id : state_->seats().run_out(moment.judged, most)) {
        drafts.push_back(
            {{ledger::Actor::Kind::server, ledger::Actor::Authority::none, {}}, ledger::SeatExpired{id}, {}});
    }
    return drafts;
}

Context LedgerDecider::context(const ledger::Moment& moment) { return {*state_, seats_, reservations_, moment}; }

}  // namespace api::commands
