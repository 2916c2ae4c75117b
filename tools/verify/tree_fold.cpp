#include "tools/verify/tree_fold.hpp"

#include <algorithm>

#include "tools/verify/errc.hpp"

namespace verify {
namespace {

Finding at(errc code, std::uint64_t number) {
    return {FindingKind::history, ledger::Error{code}, EventRange{{number}, {number}}};
}

}  // namespace

TreeFold::TreeFold(const Trust& trust, FindingList& findings, std::size_t pending_max,
                   std::vector<WitnessedHead> witnesses)
    : trust_(trust),
      findings_(findings),
      pending_max_(pending_max),
      stored_(*trust.suite),
      computed_(*trust.suite),
      leaves_differ_(pending_max),
      stored_nodes_differ_(pending_max),
      computed_nodes_differ_(pending_max),
      witnesses_(std::move(witnesses)) {
    std::ranges::sort(witnesses_, {}, [](const WitnessedHead& witness) { return witness.head().size; });
}

void TreeFold::add(const Chunk& chunk) {
    if (chunk.sound && !in_doubt()) {
        add_sound(chunk);
    } else {
        add_leaf_by_leaf(chunk);
    }
}

void TreeFold::add_sound(const Chunk& chunk) {
    const auto root_at = [&](std::uint64_t size) {
        return stored_.root_with(chunk.tree.root_of_first(*trust_.suite, size - chunk.first));
    };
    for (const ChunkHead& head : chunk.heads) {
        const MaybeDigest root = root_at(head.size);
        judge(head, root, root);
    }
    while (const auto size = next_witnessed_size()) {
        if (*size > chunk.first + chunk.events.size()) break;
        const MaybeDigest root = root_at(*size);
        hear_witnesses(*size, root, root);
    }
    if (chunk.events.size() < Subtree::leaves_max) return;  // the last one: nothing joins it any more
    const std::size_t differing = stored_.append(Subtree::levels, chunk.tree.node(Subtree::levels, 0), chunk.upper);
    if (differing > 0) findings_.add(at(errc::node_changed, stored_.size() - 1));
    computed_ = stored_;
}

void TreeFold::add_leaf_by_leaf(const Chunk& chunk) {
    auto head = chunk.heads.begin();
    for (std::size_t i = 0; i < chunk.events.size(); ++i) {
        add_leaf(chunk, i);
        if (head != chunk.heads.end() && head->size == chunk.first + i + 1) {
            judge(*head, stored_.root(), computed_.root());
            ++head;
        }
        if (next_witnessed_size() == chunk.first + i + 1) {
            hear_witnesses(chunk.first + i + 1, stored_.root(), computed_.root());
        }
    }
}

std::optional<std::uint64_t> TreeFold::next_witnessed_size() const {
    if (next_witness_ == witnesses_.size()) return std::nullopt;
    return witnesses_[next_witness_].head().size.value;
}

void TreeFold::hear_witnesses(std::uint64_t size, const MaybeDigest& from_stored, const MaybeDigest& from_events) {
    for (; next_witnessed_size() == size; ++next_witness_) {
        const WitnessedHead& witness = witnesses_[next_witness_];
        if (from_stored == witness.head().root || from_events == witness.head().root) {
            if (!witness.vouched_by) ++witnesses_agreeing_;
        } else {
            witnesses_differing_.push_back(witness);
        }
    }
}

void TreeFold::add_leaf(const Chunk& chunk, std::size_t i) {
    const std::uint64_t number = chunk.first + i;
    const auto stored = chunk.stored_of(i);
    const MaybeDigest stored_leaf = stored.empty() ? MaybeDigest{} : MaybeDigest{stored.front()};
    const MaybeDigest event_leaf = chunk.leaf_of(i);
    if (stored.empty()) findings_.add(at(errc::node_missing, number));
    if (stored_leaf && event_leaf && *stored_leaf != *event_leaf) {
        leaves_differ_.add(at(errc::event_changed, number));         // if the stored hash was signed
        computed_nodes_differ_.add(at(errc::node_changed, number));  // if the event was
    }
    // A hash that is missing on one side is taken from the other.
    const auto differing = [&](TreeEdge& edge, const MaybeDigest& leaf) {
        return edge.append(0, leaf, stored) > 0 && !stored.empty();
    };
    if (differing(stored_, stored_leaf ? stored_leaf : event_leaf)) {
        stored_nodes_differ_.add(at(errc::node_changed, number));
    }
    if (differing(computed_, event_leaf ? event_leaf : stored_leaf)) {
        computed_nodes_differ_.add(at(errc::node_changed, number));
    }
}

bool TreeFold::signature_good(const ChunkHead& head) {
    if (head.signature_good) return true;
    const auto good = verify_head(trust_, head.head);
    if (!good) findings_.add(head_finding(good.error(), head.size));
    return good.has_value();
}

void TreeFold::judge(const ChunkHead& head, const MaybeDigest& from_stored, const MaybeDigest& from_events) {
    ++heads_;
    const MaybeDigest signed_root = head.head.checkpoint.head.root;
    const bool events_agree = from_events == signed_root;
    const bool agrees = events_agree || from_stored == signed_root;
    const bool settles = in_doubt() || !stored_nodes_differ_.empty() || !computed_nodes_differ_.empty();
    if (agrees && !settles) {
        good_size_ = head.size;
        differing_ = false;
        return;
    }
    if (!signature_good(head)) return;
    if (!agrees) return differs(head);
    settle(events_agree);
    good_size_ = head.size;
    differing_ = false;
}

void TreeFold::differs(const ChunkHead& head) {
    ++heads_differing_;
    if (differing_) return;  // whatever comes after the first one differs too, and says nothing new
    differing_ = true;
    const EventRange events{{good_size_}, {head.size - 1}};
    findings_.add({FindingKind::history,
                   ledger::Error{errc::history_differs, {}, {{"size", std::to_string(head.size)}}}, events});
}

void TreeFold::settle(bool events_are_good) {
    if (events_are_good) {
        stored_ = computed_;
        findings_.add_all(std::move(computed_nodes_differ_));
    } else {
        computed_ = stored_;
        findings_.add_all(std::move(leaves_differ_));
        findings_.add_all(std::move(stored_nodes_differ_));
    }
    for (FindingList* pending : {&leaves_differ_, &stored_nodes_differ_, &computed_nodes_differ_}) {
        *pending = FindingList(pending_max_);
    }
}

void TreeFold::finish() { settle(false); }

}  // namespace verify
