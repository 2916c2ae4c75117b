#include "tools/verify/subtree.hpp"

#include <algorithm>
#include <bit>

namespace verify {

using ledger::Digest;
using ledger::Suite;

void Subtree::build(const Suite& suite, ledger::HashBatch& batch, std::span<const Digest> leaves) {
    ACTLEDGER_ASSERT(!leaves.empty() && leaves.size() <= leaves_max);
    level_[0].assign(leaves.begin(), leaves.end());
    for (unsigned level = 1; level <= levels; ++level) {
        const auto& below = level_[level - 1];
        auto& here = level_[level];
        here.resize(below.size() / 2);
        batch.clear();
        for (std::size_t i = 0; i < here.size(); ++i) batch.add_node(below[2 * i], below[2 * i + 1]);
        std::ranges::copy(batch.digests(suite), here.begin());
    }
}

const Digest& Subtree::node(unsigned level, std::uint64_t index) const {
    ACTLEDGER_ASSERT(level <= levels && index < level_[level].size());
    return level_[level][index];
}

Digest Subtree::root_of_first(const Suite& suite, std::uint64_t count) const {
    ACTLEDGER_ASSERT(count > 0 && count <= level_[0].size());
    // The smallest complete subtree is the last one; each larger one joins it from the left.
    unsigned level = static_cast<unsigned>(std::countr_zero(count));
    Digest root = node(level, (count >> level) - 1);
    for (++level; level <= levels; ++level) {
        if ((count >> level & 1) == 1) root = suite.hash_node(node(level, (count >> level) - 1), root);
    }
    return root;
}

MaybeDigest TreeEdge::join(const MaybeDigest& left, const MaybeDigest& right) const {
    if (!left || !right) return std::nullopt;
    return suite_->hash_node(*left, *right);
}

std::size_t TreeEdge::append(unsigned level, const MaybeDigest& root, std::span<const Digest> stored) {
    ACTLEDGER_ASSERT((size_ & ((std::uint64_t{1} << level) - 1)) == 0);
    const auto joins = static_cast<std::size_t>(std::countr_one(size_ >> level));
    std::size_t differing = stored.size() > joins + 1 ? 1 : 0;
    MaybeDigest carry = root;
    for (std::size_t i = 0; i <= joins; ++i) {
        if (i > 0) {
            carry = join(roots_.back(), carry);
            roots_.pop_back();
        }
        const bool has_stored = i < stored.size();
        if (!carry && has_stored) carry = stored[i];
        if (i > 0 && (!has_stored || stored[i] != carry)) ++differing;
    }
    roots_.push_back(carry);
    size_ += std::uint64_t{1} << level;
    return differing;
}

MaybeDigest TreeEdge::root_with(const MaybeDigest& rest) const {
    MaybeDigest root = rest;
    for (auto left = roots_.rbegin(); left != roots_.rend(); ++left) root = join(*left, root);
    return root;
}

MaybeDigest TreeEdge::root() const {
    ACTLEDGER_ASSERT(!roots_.empty());
    MaybeDigest root = roots_.back();
    for (auto left = std::next(roots_.rbegin()); left != roots_.rend(); ++left) root = join(*left, root);
    return root;
}

}  // namespace verify
