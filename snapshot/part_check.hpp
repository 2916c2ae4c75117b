#pragma once
// snapshot/part_check.hpp: what can be judged of 256 events without those before them: their form, their hashes, their
// annex values, and the signatures of the heads among them. Any thread; no two on one part.

#include "ledger/core/event_codec.hpp"
#include "ledger/core/key_epochs.hpp"
#include "snapshot/part_source.hpp"

namespace snapshot {

/// Whose history it is to be; from event 0, and from those that hand over to another key.
struct HistoryOwner {
    const ledger::Suite* suite = nullptr;
    ledger::KeyEpochs keys;  ///< Of all of it: the first as event 0 has it, the others under the root that it pins.
    std::string server_id;
};

struct CheckedHead {
    ledger::TreeHead head;       ///< As signed.
    std::uint32_t incarnation;   ///< Of its origin, whose server id is the owner's.
    ledger::Digest within_part;  ///< Root over the part's events up to it alone.
};

/// A personal value that an event commits to.
struct ValuePlace {
    std::uint64_t number;
    ledger::AnnexField field;
    auto operator<=>(const ValuePlace&) const = default;
};

/// Used again from part to part, so that its memory stays warm.
struct CheckedPart {
    ledger::ExportPart part;
    std::vector<ledger::Event> events;      ///< May be longer than part.entries.
    std::vector<ledger::Digest> completed;  ///< Of all events, one behind the other, up to level 8 within the part.
    std::vector<std::size_t> completed_ends;
    std::vector<CheckedHead> heads;
    std::vector<ValuePlace> missing;  ///< Values that are committed to and not there.
    std::uint64_t values = 0;         ///< Annex values that are there.

    [[nodiscard]] std::uint64_t first() const { return part.first.value; }
    [[nodiscard]] std::uint64_t end() const { return first() + part.entries.size(); }
    [[nodiscard]] bool full() const { return part.entries.size() == ledger::tile_width; }
    [[nodiscard]] std::span<const ledger::Digest> completed_by(std::size_t place) const {
        const std::size_t begin = place == 0 ? 0 : completed_ends[place - 1];
        return std::span(completed).subspan(begin, completed_ends[place] - begin);
    }
};

/// Thread-safe. What it refers to outlives it.
class PartChecker {
 public:
    enum class Signatures { verified, taken_as_read };
    PartChecker(const PartSource& source, const HistoryOwner& owner, Signatures signatures)
        : source_(source), owner_(owner), signatures_(signatures) {}

    /// @return errors of the source; errc::restore_event_wrong, restore_head_wrong;
    ///         ledger::errc::export_file_differs (facts: folder, path)
    [[nodiscard]] ledger::Result<void> check(std::uint64_t index, CheckedPart& checked) const;

 private:
    [[nodiscard]] ledger::Result<void> check_event(std::size_t place, CheckedPart& checked) const;
    [[nodiscard]] ledger::Result<void> check_annex(CheckedPart& checked) const;
    [[nodiscard]] ledger::Result<void> check_heads(const std::vector<std::vector<ledger::Digest>>& levels,
                                                   CheckedPart& checked) const;
    [[nodiscard]] ledger::Error event_error(std::uint64_t number, ledger::TileKind kind, std::string detail) const;

    const PartSource& source_;
    const HistoryOwner& owner_;
    const Signatures signatures_;
};

}  // namespace snapshot
