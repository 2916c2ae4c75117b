#pragma once
// tools/verify/tree_fold.hpp: the part of an audit that joins the chunks' trees in order and holds every head against
// the tree at its size (so that all heads are consistent with one another, L3). Where the stored hashes and the events
// disagree, two trees are grown, one from each, until a signed head says which of them was signed.

#include "tools/verify/chunk.hpp"

namespace verify {

/// A head that somebody outside kept, its signature checked; or one that the vendor vouched for.
struct WitnessedHead {
    std::string name;  ///< Of the vendor's: the re-endorsement's id.
    ledger::Checkpoint checkpoint;
    std::optional<ledger::SequenceNumber> vouched_by;  ///< The event with the re-endorsement; nothing: a witness.
    [[nodiscard]] const ledger::TreeHead& head() const { return checkpoint.head; }
};

/// One thread at a time; chunks in order, without a gap.
class TreeFold {
 public:
    /// @param trust, findings  outlive this.
    /// @param witnesses        sizes are 1 to the number of events to come.
    TreeFold(const Trust& trust, FindingList& findings, std::size_t pending_max, std::vector<WitnessedHead> witnesses);

    void add(const Chunk& chunk);
    /// After the last chunk.
    void finish();

    [[nodiscard]] std::uint64_t heads() const { return heads_; }
    [[nodiscard]] std::uint64_t heads_differing() const { return heads_differing_; }
    [[nodiscard]] std::uint64_t witnesses_agreeing() const { return witnesses_agreeing_; }
    /// Those that know another history. Whether that is a finding depends on the incarnation they are of.
    [[nodiscard]] const std::vector<WitnessedHead>& witnesses_differing() const { return witnesses_differing_; }

 private:
    void add_sound(const Chunk& chunk);
    void add_leaf_by_leaf(const Chunk& chunk);
    void add_leaf(const Chunk& chunk, std::size_t i);
    void judge(const ChunkHead& head, const MaybeDigest& from_stored, const MaybeDigest& from_events);
    [[nodiscard]] std::optional<std::uint64_t> next_witnessed_size() const;
    void hear_witnesses(std::uint64_t size, const MaybeDigest& from_stored, const MaybeDigest& from_events);
    [[nodiscard]] bool signature_good(const ChunkHead& head);
    void differs(const ChunkHead& head);
    void settle(bool events_are_good);
    [[nodiscard]] bool in_doubt() const { return !leaves_differ_.empty() || !(stored_ == computed_); }

    const Trust& trust_;
    FindingList& findings_;
    std::size_t pending_max_;
    TreeEdge stored_;                    ///< Grown from the stored leaf hashes.
    TreeEdge computed_;                  ///< Grown from the events.
    FindingList leaves_differ_;          ///< Leaves whose event and stored hash disagree, not settled yet.
    FindingList stored_nodes_differ_;    ///< Stored hashes that stored_ does not give.
    FindingList computed_nodes_differ_;  ///< Stored hashes that computed_ does not give.
    std::uint64_t good_size_ = 0;        ///< Of the last head that agreed.
    bool differing_ = false;             ///< A good signature over another root was found after that.
    std::uint64_t heads_ = 0;
    std::uint64_t heads_differing_ = 0;
    std::vector<WitnessedHead> witnesses_;  ///< By size.
    std::size_t next_witness_ = 0;
    std::uint64_t witnesses_agreeing_ = 0;
    std::vector<WitnessedHead> witnesses_differing_;
};

}  // namespace verify
