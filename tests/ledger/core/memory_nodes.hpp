#pragma once
// tests/ledger/core/memory_nodes.hpp: a NodeReader over the completed nodes of a growing tree, kept as the store keeps
// them: one list for each sequence number.

#include "ledger/core/errc.hpp"
#include "ledger/core/tree.hpp"

namespace ledger {

class MemoryNodes : public NodeReader {
 public:
    [[nodiscard]] Result<Digest> node(NodeId id) const override {
        // Completed by the append of its last leaf, at the place of its level.
        const std::uint64_t last = ((id.index + 1) << id.level) - 1;
        if (last >= completed_.size() || id.level >= completed_[last].size()) return Error{errc::not_found};
        return completed_[last][id.level];
    }
    void append(Frontier& frontier, const Digest& leaf) { frontier.append(leaf, completed_.emplace_back()); }

 private:
    std::vector<std::vector<Digest>> completed_;
};

}  // namespace ledger
