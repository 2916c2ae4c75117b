#include "api/commands/ledger_decider.hpp"

namespace api::commands {

LedgerDecider::LedgerDecider(Parts parts)
    : seats_(parts.stored, std::move(parts.durable)), reservations_(parts.reservations) {}

void LedgerDecider::apply(const ledger::Event& event) {
    state_.apply(event);
    seats_.add(event);
}

void LedgerDecider::replay(std::span<const ledger::Event> events) {
    using Nearness = projections::SeatBook::Nearness;
    // So many events ahead, what they look up is brought near: the seat book is larger than any cache.
    constexpr std::size_t ahead = 8;
    const auto prefetch = [&](std::size_t i, Nearness nearness) {
        if (i < events.size()) state_.seats().prefetch(events[i], nearness);
    };
    for (std::size_t i = 0; i < events.size(); ++i) {
        prefetch(i + 2 * ahead, Nearness::shards);
        prefetch(i + ahead, Nearness::entries);
        state_.apply(events[i]);
    }
}

std::vector<ledger::EventDraft> LedgerDecider::due(const ledger::Moment& moment, std::size_t most) {
    std::vector<ledger::EventDraft> drafts;
    if (moment.in_doubt) return drafts;
    for (const ledger::ActivationId& id : state_.seats().run_out(moment.judged, most)) {
        drafts.push_back(
            {{ledger::Actor::Kind::server, ledger::Actor::Authority::none, {}}, ledger::SeatExpired{id}, {}});
    }
    return drafts;
}

Context LedgerDecider::context(const ledger::Moment& moment) { return {state_, seats_, reservations_, moment}; }

}  // namespace api::commands
