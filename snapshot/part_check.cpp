#include "snapshot/part_check.hpp"

#include <algorithm>
#include <bit>

#include "ledger/core/errc.hpp"
#include "snapshot/errc.hpp"

namespace snapshot {
namespace {

using ledger::Digest;
using ledger::Error;
using ledger::Result;
using ledger::tile_height;
using ledger::tile_width;
using ledger::TileKind;

/// All complete subtrees over the leaves, level by level.
std::vector<std::vector<Digest>> grow(const ledger::Suite& suite, const std::vector<Digest>& leaves) {
    std::vector<std::vector<Digest>> levels{leaves};
    while (levels.back().size() > 1) {
        const auto& below = levels.back();
        std::vector<Digest> level(below.size() / 2);
        for (std::size_t i = 0; i < level.size(); ++i) level[i] = suite.hash_node(below[2 * i], below[2 * i + 1]);
        levels.push_back(std::move(level));
    }
    return levels;
}

/// Root over the first `count` leaves.
Digest root_of_first(const ledger::Suite& suite, const std::vector<std::vector<Digest>>& levels, std::size_t count) {
    Digest root;
    bool first = true;
    // From the right: the smallest complete subtree is the last one.
    for (std::size_t rest = count; rest > 0; rest &= rest - 1) {
        const auto level = static_cast<std::size_t>(std::countr_zero(rest));
        const Digest& piece = levels[level][(rest >> level) - 1];
        root = first ? piece : suite.hash_node(piece, root);
        first = false;
    }
    return root;
}

}  // namespace

Error PartChecker::event_error(std::uint64_t number, TileKind kind, std::string detail) const {
    const ledger::TileId id{kind, 0, number / tile_width, tile_width};
    return {errc::restore_event_wrong,
            std::move(detail),
            {{"folder", source_.name()}, {"path", id.path()}, {"at", std::to_string(number)}}};
}

Result<void> PartChecker::check(std::uint64_t index, CheckedPart& checked) const {
    ACTLEDGER_CHECK(source_.read_part(index, checked.part));
    const std::size_t count = checked.part.entries.size();
    if (checked.events.size() < count) checked.events.resize(count);
    checked.completed.clear();
    checked.completed_ends.clear();
    checked.heads.clear();
    checked.missing.clear();
    checked.values = 0;
    for (std::size_t place = 0; place < count; ++place) ACTLEDGER_CHECK(check_event(place, checked));
    const auto levels = grow(*owner_.suite, checked.part.leaves);
    for (std::size_t place = 0; place < count; ++place) {
        const auto completed = std::min<std::size_t>(static_cast<std::size_t>(std::countr_one(place)), tile_height);
        for (std::size_t level = 0; level <= completed; ++level) {
            checked.completed.push_back(levels[level][place >> level]);
        }
        checked.completed_ends.push_back(checked.completed.size());
    }
    ACTLEDGER_CHECK(check_annex(checked));
    return check_heads(levels, checked);
}

Result<void> PartChecker::check_event(std::size_t place, CheckedPart& checked) const {
    const std::uint64_t number = checked.first() + place;
    const ledger::ByteView stored = checked.part.entries[place];
    if (owner_.suite->hash_leaf(stored) != checked.part.leaves[place]) {
        // Which of the two was altered is not known before the tree is joined: both are named.
        Error differs = event_error(number, TileKind::entries, "its hash is not the one in tile/0");
        differs.facts[1].value += " / " + ledger::TileId{TileKind::hashes, 0, number / tile_width, tile_width}.path();
        return differs;
    }
    ledger::Event& event = checked.events[place];
    const auto decoded = ledger::decode_event(stored, event);
    if (!decoded && decoded.error().code == ledger::errc::unknown_event_kind) return decoded.error();
    if (!decoded) return event_error(number, TileKind::entries, decoded.error().describe());
    if (event.sequence_number.value != number) {
        return event_error(number, TileKind::entries, "says " + std::to_string(event.sequence_number.value));
    }
    const auto origin = ledger::Origin::parse(event.origin);
    if (!origin || origin->server_id != owner_.server_id) return event_error(number, TileKind::entries, event.origin);
    return {};
}

Result<void> PartChecker::check_annex(CheckedPart& checked) const {
    auto entry = checked.part.annex.begin();
    for (std::size_t place = 0; place < checked.part.entries.size(); ++place) {
        const ledger::Event& event = checked.events[place];
        const std::uint64_t number = checked.first() + place;
        std::vector<ledger::AnnexValue> values;
        if (entry != checked.part.annex.end() && entry->place == place) {
            auto decoded = ledger::decode_annex(entry->bytes);
            const auto committed =
                decoded ? ledger::check_annex(*owner_.suite, event, *decoded) : Result<void>(decoded.error());
            if (!committed) return event_error(number, TileKind::annex, committed.error().describe());
            values = *std::move(decoded);
            checked.values += values.size();
            ++entry;
        }
        for (const ledger::Commitment& commitment : event.commitments) {
            const bool there = std::ranges::find(values, commitment.field, &ledger::AnnexValue::field) != values.end();
            if (!there) checked.missing.push_back({number, commitment.field});
        }
    }
    return {};
}

Result<void> PartChecker::check_heads(const std::vector<std::vector<Digest>>& levels, CheckedPart& checked) const {
    for (const ledger::PlacedEntry& stored : checked.part.heads) {
        const std::uint64_t size = checked.first() + stored.place + 1;
        const auto wrong = [&](std::string detail) {
            return Error{errc::restore_head_wrong,
                         std::move(detail),
                         {{"folder", source_.name()}, {"size", std::to_string(size)}}};
        };
        const auto head = ledger::SignedCheckpoint::parse(ledger::as_text(stored.bytes));
        if (!head) return wrong(head.error().describe());
        const ledger::Checkpoint& checkpoint = head->checkpoint;
        if (checkpoint.head.size.value != size) return wrong("states another size");
        if (checkpoint.origin.server_id != owner_.server_id) return wrong("of " + checkpoint.origin.text());
        if (signatures_ == Signatures::verified) {
            const auto good = owner_.keys.verify(*owner_.suite, head->note, checkpoint.origin);
            if (!good) return wrong(good.error().describe());
        }
        checked.heads.push_back({checkpoint.head, checkpoint.origin.incarnation,
                                 root_of_first(*owner_.suite, levels, std::size_t{stored.place} + 1)});
    }
    return {};
}

}  // namespace snapshot
