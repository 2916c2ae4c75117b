#include "tools/verify/rules_fold.hpp"

#include "ledger/core/errc.hpp"

namespace verify {
namespace {

/// So many events ahead, the index of the seats is brought near: it is larger than any cache.
constexpr std::size_t prefetched_ahead = 8;

ledger::Result<ledger::Bytes> read_event(const ledger::LogScan& scan, ledger::SequenceNumber number) {
    ACTLEDGER_TRY(const auto view, scan.open_view());
    ledger::Result<ledger::Bytes> bytes = ledger::Error{ledger::errc::not_found};
    ACTLEDGER_CHECK(view->visit(ledger::LogDatabase::events, ledger::log_key(number.value),
                                ledger::log_key(number.value + 1), [&](ledger::ByteView, ledger::ByteView value) {
                                    bytes = ledger::copy(value);
                                    return false;
                                }));
    return bytes;
}

}  // namespace

RulesFold::RulesFold(const Trust& trust, const ledger::LogScan& scan, FindingList& findings)
    : findings_(findings),
      source_([&scan](ledger::SequenceNumber number) { return read_event(scan, number); }),
      rules_(state_, source_),
      documents_(trust, findings) {}

ledger::Result<void> RulesFold::add(const Chunk& chunk) {
    for (std::size_t i = 0; i < chunk.events.size(); ++i) {
        const ChunkEvent& slot = chunk.events[i];
        prefetch(chunk, i + 2 * prefetched_ahead, projections::SeatBook::Nearness::shards);
        prefetch(chunk, i + prefetched_ahead, projections::SeatBook::Nearness::entries);
        if (!slot.readable) {
            if (!stopped_at_) stopped_at_ = chunk.first + i;
            continue;
        }
        const ledger::Event& event = slot.event;
        if (!first_time_) first_time_ = event.time;
        last_time_ = event.time;
        if (std::holds_alternative<ledger::SeatActivated>(event.body)) ++activations_;
        const bool date_is_known = !stopped_at_ && !state_.time().in_doubt();
        documents_.add(event, date_is_known ? std::optional(state_.time().judged(event.time)) : std::nullopt);
        if (!stopped_at_) ACTLEDGER_CHECK(judge_rules(event));
    }
    return {};
}

void RulesFold::prefetch(const Chunk& chunk, std::size_t i, projections::SeatBook::Nearness nearness) const {
    if (i < chunk.events.size() && chunk.events[i].readable) {
        state_.seats().prefetch(chunk.events[i].event, nearness);
    }
}

std::uint64_t RulesFold::unclaimed() const {
    std::uint64_t seats = 0;
    for (const auto& [license, count] : state_.seats().unclaimed().all()) seats += count;
    return seats;
}

ledger::Result<void> RulesFold::judge_rules(const ledger::Event& event) {
    ACTLEDGER_TRY(auto errors, rules_.judge(event));
    for (ledger::Error& error : errors) {
        findings_.add({FindingKind::rule, std::move(error), EventRange{event.sequence_number, event.sequence_number}});
    }
    state_.apply(event);
    return {};
}

}  // namespace verify
