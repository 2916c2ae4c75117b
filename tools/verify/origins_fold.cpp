#include "tools/verify/origins_fold.hpp"

#include "ledger/core/errc.hpp"
#include "tools/verify/errc.hpp"

namespace verify {

void OriginsFold::add(const Chunk& chunk) {
    auto head = chunk.heads.begin();
    for (std::size_t i = 0; i < chunk.events.size(); ++i) {
        const ChunkEvent& slot = chunk.events[i];
        if (slot.readable) {
            add(slot.event);
        } else {
            order_.skip();
        }
        for (; head != chunk.heads.end() && head->size <= chunk.first + i + 1; ++head) add(*head);
    }
}

void OriginsFold::add(const ledger::Event& event) {
    auto good = order_.add(event);
    incarnations_.apply(event);
    if (good) return;
    ledger::Error error = std::move(good).error();
    if (error.code == ledger::errc::wrong_origin) error = {errc::origin_differs, {}, std::move(error.facts)};
    findings_.add({FindingKind::history, std::move(error), EventRange{event.sequence_number, event.sequence_number}});
}

void OriginsFold::add(const ChunkHead& head) {
    auto good = order_.add(head.head.checkpoint);
    if (!good) findings_.add(head_finding(std::move(good).error(), head.size));
}

}  // namespace verify
