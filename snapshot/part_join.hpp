#pragma once
// snapshot/part_join.hpp: judges a history in order, part by part: that the parts join to one tree, that every head is
// the root at its size, what state the events give, and that what is missing from the annex was erased.

#include <array>
#include <vector>

#include "ledger/core/incarnation.hpp"
#include "projections/state/ledger_state.hpp"
#include "snapshot/part_check.hpp"

namespace snapshot {

/// What a whole history came to: two that are equal are one and the same.
struct HistoryProof {
    ledger::TreeHead head;
    std::uint64_t heads = 0;
    ledger::Digest heads_digest;  ///< Over the notes of all heads, byte for byte, in order.
    ledger::Digest state_digest;  ///< projections::LedgerState::digest().
    std::uint64_t activations = 0;
    std::uint64_t values = 0;   ///< Annex values that are there and were not erased.
    std::uint64_t erased = 0;   ///< By events.
    std::uint64_t missing = 0;  ///< Values that are not there, and were not erased.
    bool operator==(const HistoryProof&) const = default;
};

/// One thread; parts in order, without a gap. What it refers to outlives it.
class PartJoin {
 public:
    PartJoin(const PartSource& source, const HistoryOwner& owner);

    /// Completes `checked.completed` of the part's last event with the nodes above the part.
    /// @return errc::restore_head_wrong, restore_event_wrong (an origin that changes as it must not);
    ///         ledger::errc::export_file_differs for a tile above level 0, or errors of the source
    [[nodiscard]] ledger::Result<void> add(CheckedPart& checked);
    /// After the last part.
    [[nodiscard]] HistoryProof finish();

    [[nodiscard]] const projections::LedgerState& state() const { return state_; }
    /// All that events erased, in order.
    [[nodiscard]] const std::vector<ledger::AnnexErased>& erasures() const { return erasures_; }
    /// The first value that is not there and was not erased; only after finish(), and if there is one.
    [[nodiscard]] std::optional<ValuePlace> first_missing() const;
    /// When the newest certificates of the server's key were recorded.
    [[nodiscard]] ledger::Timestamp certified_at() const { return certified_at_; }

 private:
    [[nodiscard]] ledger::Result<void> check_heads(const CheckedPart& checked);
    [[nodiscard]] ledger::Result<void> check_origins(const CheckedPart& checked);
    void fold(const CheckedPart& checked);
    [[nodiscard]] ledger::Result<void> join_tree(CheckedPart& checked);
    [[nodiscard]] ledger::Result<void> check_upper(unsigned level, std::uint64_t place, const ledger::Digest& hash);

    struct UpperTile {
        std::optional<std::uint64_t> index;
        std::vector<ledger::Digest> hashes;
    };
    const PartSource& source_;
    const HistoryOwner& owner_;
    projections::LedgerState state_;
    ledger::OriginOrder origins_;
    std::vector<ledger::Digest> edge_;  ///< Roots of complete subtrees of 256 leaves and more, largest first.
    std::array<UpperTile, ledger::tile_levels_max> upper_;
    std::vector<ledger::AnnexErased> erasures_;
    std::vector<ValuePlace> missing_;
    ledger::Timestamp certified_at_;
    HistoryProof proof_;
};

}  // namespace snapshot
