#include "snapshot/state_maker.hpp"

#include "snapshot/state_errc.hpp"

namespace snapshot {

using ledger::Result;

Result<void> fold_state(const ledger::LogReader& log, projections::LedgerState& state, ledger::TreeSize to,
                        const FoldProgress& progress) {
    if (state.size().value == 0) state.expect_events(to.value);
    return fold_log(log, ledger::next_of(state.size()), to, [&](std::span<const ledger::Event> events) {
        state.apply(events);
        return !progress || progress(state.size().value);
    });
}

Result<std::optional<MadeSnapshot>> make_snapshot(const StateFolder& folder, const ledger::LogReader& log,
                                                  const FoldProgress& progress) {
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    ACTLEDGER_TRY(const LogIdentity identity, identify_log(log));
    ACTLEDGER_TRY(StateChoice choice, choose_state(folder, log));
    MadeSnapshot made{folder.path_of(size), {}, false, choice.state->size(), choice.found.rejected};
    if (choice.found.used && choice.found.used->head.size >= size) {
        made.path = folder.path_of(choice.found.used->head.size);
        made.facts = *choice.found.used;
        const auto cleared = folder.clear(choice.found.bad_paths());
        // Whoever keeps it busy clears it.
        if (!cleared && cleared.error().code != state_errc::snapshot_busy) return cleared.error();
        return std::optional(std::move(made));
    }
    ACTLEDGER_CHECK(fold_state(log, *choice.state, size, progress));
    if (choice.state->size() != size) return std::optional<MadeSnapshot>();
    ACTLEDGER_TRY(const auto frontier, ledger::Frontier::load(*identity.suite, size, log));
    ACTLEDGER_TRY(made.facts, folder.write(*choice.state, frontier.head(), choice.found.bad_paths()));
    made.is_new = true;
    return std::optional(std::move(made));
}

}  // namespace snapshot
