#pragma once
// tools/verify/origins_fold.hpp: the part of an audit that follows the origin through the events and heads in order:
// where an incarnation ends and the next begins, and that nothing else changes it (L3).

#include "ledger/core/incarnation.hpp"
#include "tools/verify/chunk.hpp"

namespace verify {

/// One thread at a time; chunks in order.
class OriginsFold {
 public:
    /// @param trust, findings  outlive this.
    OriginsFold(const Trust& trust, FindingList& findings)
        : findings_(findings), order_(*trust.suite, trust.keys.empty() ? nullptr : &trust.keys) {}

    void add(const Chunk& chunk);
    [[nodiscard]] const ledger::Incarnations& incarnations() const { return incarnations_; }

 private:
    void add(const ledger::Event& event);
    void add(const ChunkHead& head);

    FindingList& findings_;
    ledger::OriginOrder order_;
    ledger::Incarnations incarnations_;
};

}  // namespace verify
