#include "snapshot/part_join.hpp"

#include <algorithm>
#include <bit>

#include "ledger/core/errc.hpp"
#include "snapshot/errc.hpp"

namespace snapshot {

using ledger::Digest;
using ledger::Error;
using ledger::Result;
using ledger::tile_height;
using ledger::tile_levels_max;
using ledger::tile_width;

PartJoin::PartJoin(const PartSource& source, const HistoryOwner& owner)
    : source_(source), owner_(owner), origins_(*owner.suite, &owner.keys) {}

Result<void> PartJoin::add(CheckedPart& checked) {
    ACTLEDGER_CHECK(check_heads(checked));
    ACTLEDGER_CHECK(check_origins(checked));
    fold(checked);
    missing_.insert(missing_.end(), checked.missing.begin(), checked.missing.end());
    proof_.values += checked.values;
    if (checked.full()) return join_tree(checked);
    // The last part: its places in the tiles above are those that the full ones before it have.
    return {};
}

Result<void> PartJoin::check_heads(const CheckedPart& checked) {
    for (std::size_t i = 0; i < checked.heads.size(); ++i) {
        const CheckedHead& head = checked.heads[i];
        Digest root = head.within_part;
        for (auto left = edge_.rbegin(); left != edge_.rend(); ++left) root = owner_.suite->hash_node(*left, root);
        if (root != head.head.root) {
            return Error{errc::restore_head_wrong,
                         "another root",
                         {{"folder", source_.name()}, {"size", std::to_string(head.head.size.value)}}};
        }
        proof_.head = head.head;
        ++proof_.heads;
        proof_.heads_digest = owner_.suite->hash(proof_.heads_digest.view(), checked.part.heads[i].bytes);
    }
    return {};
}

Result<void> PartJoin::check_origins(const CheckedPart& checked) {
    auto head = checked.heads.begin();
    for (std::size_t i = 0; i < checked.part.entries.size(); ++i) {
        const std::uint64_t number = checked.first() + i;
        if (const auto good = origins_.add(checked.events[i]); !good) {
            const ledger::TileId id{ledger::TileKind::entries, 0, number / tile_width, tile_width};
            return Error{errc::restore_event_wrong,
                         good.error().describe(),
                         {{"folder", source_.name()}, {"path", id.path()}, {"at", std::to_string(number)}}};
        }
        if (head == checked.heads.end() || head->head.size.value != number + 1) continue;
        const auto good = origins_.add(ledger::Checkpoint{{owner_.server_id, head->incarnation}, head->head});
        if (!good) {
            return Error{errc::restore_head_wrong,
                         good.error().describe(),
                         {{"folder", source_.name()}, {"size", std::to_string(number + 1)}}};
        }
        ++head;
    }
    return {};
}

void PartJoin::fold(const CheckedPart& checked) {
    const std::size_t count = checked.part.entries.size();
    const auto prefetch = [&](std::size_t i, projections::SeatBook::Nearness nearness) {
        if (i < count) state_.seats().prefetch(checked.events[i], nearness);
    };
    for (std::size_t i = 0; i < count; ++i) {
        prefetch(i + 16, projections::SeatBook::Nearness::shards);
        prefetch(i + 8, projections::SeatBook::Nearness::entries);
        const ledger::Event& event = checked.events[i];
        if (const auto* erased = std::get_if<ledger::AnnexErased>(&event.body)) erasures_.push_back(*erased);
        const auto* opened = std::get_if<ledger::IncarnationOpened>(&event.body);
        const bool hands_over = opened != nullptr && !opened->server_certificate.empty();
        if (hands_over || std::holds_alternative<ledger::ServerCertified>(event.body)) certified_at_ = event.time;
        if (std::holds_alternative<ledger::SeatActivated>(event.body)) ++proof_.activations;
        state_.apply(event);
    }
}

Result<void> PartJoin::join_tree(CheckedPart& checked) {
    const std::uint64_t index = checked.first() / tile_width;
    Digest hash = checked.completed.back();  // of the whole part
    const auto joins = static_cast<unsigned>(std::countr_one(index));
    ACTLEDGER_CHECK(check_upper(1, index, hash));
    for (unsigned join = 1; join <= joins; ++join) {
        hash = owner_.suite->hash_node(edge_.back(), hash);
        edge_.pop_back();
        checked.completed.push_back(hash);
        const unsigned level = tile_height + join;
        if (level % tile_height == 0) ACTLEDGER_CHECK(check_upper(level / tile_height, index >> join, hash));
    }
    checked.completed_ends.back() = checked.completed.size();
    edge_.push_back(hash);
    return {};
}

/// Holds the hash at this place of a tile level against what the source says there.
Result<void> PartJoin::check_upper(unsigned level, std::uint64_t place, const Digest& hash) {
    if (level >= tile_levels_max) return {};
    UpperTile& tile = upper_[level];
    const std::uint64_t index = place / tile_width;
    if (tile.index != index) {
        const std::uint64_t places = ledger::tile_places(level, source_.size()) - index * tile_width;
        ACTLEDGER_TRY(tile.hashes, source_.read_hashes(level, index, std::min(places, tile_width)));
        tile.index = index;
    }
    if (tile.hashes[place % tile_width] == hash) return {};
    const ledger::TileId id{ledger::TileKind::hashes, static_cast<std::uint8_t>(level), index, tile_width};
    return Error{ledger::errc::export_file_differs,
                 "place " + std::to_string(place % tile_width),
                 {{"folder", source_.name()}, {"path", id.path()}}};
}

HistoryProof PartJoin::finish() {
    std::vector<ValuePlace> erased;
    erased.reserve(erasures_.size());
    for (const ledger::AnnexErased& one : erasures_) erased.push_back({one.sequence_number.value, one.field});
    std::ranges::sort(erased);
    erased.erase(std::unique(erased.begin(), erased.end()), erased.end());
    std::ranges::sort(missing_);
    std::vector<ValuePlace> unexplained;
    std::ranges::set_difference(missing_, erased, std::back_inserter(unexplained));
    // What was erased and is there still: a run that was interrupted before it came to that.
    const std::uint64_t gone = missing_.size() - unexplained.size();
    proof_.values -= std::min(proof_.values, erased.size() - gone);
    proof_.erased = erased.size();
    proof_.missing = unexplained.size();
    missing_ = std::move(unexplained);
    proof_.state_digest = state_.digest();
    return proof_;
}

std::optional<ValuePlace> PartJoin::first_missing() const {
    return missing_.empty() ? std::nullopt : std::optional(missing_.front());
}

}  // namespace snapshot
