#include "ledger/store_write/sealed_group.hpp"

#include <bit>

#include "ledger/core/errc.hpp"

namespace ledger {

SealedGroup::SealedGroup(const Suite& suite, SequenceNumber first, std::vector<Digest> edge,
                         std::vector<StoredEvent> events, TreeHead head, std::string note)
    : suite_(&suite),
      first_(first),
      edge_(std::move(edge)),
      events_(std::move(events)),
      tree_head_(head),
      head_{head.size, std::move(note)} {
    ACTLEDGER_ASSERT(head.size.value == first.value + events_.size());
    ACTLEDGER_ASSERT(edge_.size() == static_cast<std::size_t>(std::popcount(first.value)));
}

ByteView SealedGroup::event(SequenceNumber index) const {
    ACTLEDGER_ASSERT(holds(index));
    return events_[index.value - first_.value].event;
}

ByteView SealedGroup::annex(SequenceNumber index) const {
    ACTLEDGER_ASSERT(holds(index));
    return events_[index.value - first_.value].annex;
}

std::vector<Digest> SealedGroup::inclusion_proof(SequenceNumber index) const {
    ACTLEDGER_ASSERT(holds(index));
    return ledger::inclusion_proof(*suite_, index, head_.size, *this).value();
}

// A path from a leaf of the group meets two kinds of complete subtrees: those that end in the group, which its own
// events completed, and those that end before it. The parent of one of the latter is an ancestor of the leaf, so it was
// not complete before the group: it is one of the roots of the edge.
Result<Digest> SealedGroup::node(NodeId id) const {
    const std::uint64_t end = (id.index + 1) << id.level;
    if (end > first_.value && end <= head_.size.value) {
        const auto& completed = events_[end - 1 - first_.value].completed;
        if (id.level < completed.size()) return completed[id.level];
    }
    // The edge has a root for each bit that is set in the size before the group, the highest bit first.
    const std::uint64_t size_before = first_.value;
    if (end <= size_before && (size_before >> id.level & 1) != 0 && id.index == (size_before >> id.level) - 1) {
        return edge_[static_cast<std::size_t>(std::popcount(size_before >> id.level)) - 1];
    }
    return Error{errc::not_found, "node of an older group"};
}

}  // namespace ledger
