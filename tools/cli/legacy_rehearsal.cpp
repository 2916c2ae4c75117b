#include "tools/cli/legacy_rehearsal.hpp"

#include <chrono>

#include "snapshot/log_fold.hpp"

namespace cli {

using ledger::Result;
using ledger::Timestamp;

LegacyRehearsal::LegacyRehearsal(std::unique_ptr<ledger::LogReader> log,
                                 std::unique_ptr<projections::LedgerState> state)
    : log_(std::move(log)),
      seats_([this](ledger::SequenceNumber number) { return log_->event(number); }),
      decider_({seats_, [this] { return log_->size(); }, reservations_, std::move(state)}) {}

Result<std::unique_ptr<LegacyRehearsal>> LegacyRehearsal::open(const std::filesystem::path& folder) {
    ACTLEDGER_TRY(auto log, ledger::open_log_reader(folder));
    auto state = std::make_unique<projections::LedgerState>();
    ACTLEDGER_TRY(const ledger::TreeSize size, log->size());
    ACTLEDGER_CHECK(snapshot::fold_log(*log, {0}, size, [&](std::span<const ledger::Event> events) {
        state->apply(events);
        return true;
    }));
    std::unique_ptr<LegacyRehearsal> made(new LegacyRehearsal(std::move(log), std::move(state)));
    ACTLEDGER_TRY(auto preparation, api::commands::Preparation::of(made->decider_.state()));
    made->preparation_.emplace(std::move(preparation));
    return made;
}

std::set<std::string> LegacyRehearsal::kinds_asked(const std::string& product) const {
    std::set<std::string> kinds;
    const auto& licenses = decider_.state().licenses();
    const auto known = licenses.find_product(product);
    if (!known) return kinds;
    for (const projections::LicenseIndex index : licenses.of_product(*known)) {
        const auto& asked = licenses.at(index).terms.device.components;
        kinds.insert(asked.begin(), asked.end());
    }
    return kinds;
}

Timestamp LegacyRehearsal::now() const {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const Timestamp wall{std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
    return std::max(wall, decider_.state().time().standing().not_before);
}

Result<std::vector<api::commands::LegacyOutcome>> LegacyRehearsal::reserve(
    const api::commands::ReserveLegacySeats& command) {
    const auto& state = decider_.state();
    const Timestamp at = now();
    const ledger::Moment moment{at, state.time().judged(at), state.time().in_doubt(), ledger::next_of(state.size()),
                                at};
    ACTLEDGER_TRY(auto decided, api::commands::decide(command, decider_.context(moment)));
    for (ledger::EventDraft& draft : decided.decision.drafts) {
        ledger::Event event;
        event.sequence_number = ledger::next_of(state.size());
        event.time = at;
        event.origin = state.identity().origin();
        event.actor = std::move(draft.actor);
        event.body = std::move(draft.body);
        decider_.apply(event);
    }
    return std::move(decided.outcomes);
}

}  // namespace cli
