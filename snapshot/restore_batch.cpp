#include "snapshot/restore_batch.hpp"

#include <algorithm>

#include "snapshot/errc.hpp"

namespace snapshot {
namespace {

/// Parts of a transaction: some 16,000 events. A commit's sync is paid once for all of them.
constexpr std::size_t parts_max = 64;
/// A head covers at most the events of one group: 16,384 and those of one decision. Whoever makes us wait for longer
/// does not get our memory.
constexpr std::size_t parts_without_head_max = 256;

}  // namespace

ledger::Result<void> RestoreBatch::add(std::unique_ptr<CheckedPart> part) {
    parts_.push_back(std::move(part));
    if (parts_.size() < parts_max) return {};
    return flush();
}

/// Events of a part that are not written yet, up to `until`, and the heads among them.
void RestoreBatch::collect(const CheckedPart& part, std::uint64_t until) {
    auto annex = part.part.annex.begin();
    const std::uint64_t end = std::min(part.end(), until);
    for (std::uint64_t number = part.first(); number < end; ++number) {
        const auto place = static_cast<std::size_t>(number - part.first());
        const bool has_annex = annex != part.part.annex.end() && annex->place == place;
        const ledger::ByteView entry = has_annex ? annex->bytes : ledger::ByteView{};
        if (has_annex) ++annex;
        if (number < written_) continue;
        views_.push_back({part.part.entries[place], entry, part.completed_by(place)});
        bytes_ += part.part.entries[place].size() + entry.size();
    }
    for (const ledger::PlacedEntry& head : part.part.heads) {
        const std::uint64_t size = part.first() + head.place + 1;
        if (size > written_ && size <= until) heads_.push_back({{size}, std::string(ledger::as_text(head.bytes))});
    }
}

ledger::Result<void> RestoreBatch::flush() {
    std::uint64_t until = written_;
    for (const auto& part : parts_) {
        if (!part->part.heads.empty()) until = part->first() + part->part.heads.back().place + 1;
    }
    if (until == written_) {
        if (parts_.size() < parts_without_head_max) return {};  // one group, longer than a transaction
        return ledger::Error{errc::restore_head_wrong,
                             "no head since " + std::to_string(written_),
                             {{"folder", folder_}, {"size", std::to_string(parts_.back()->end())}}};
    }
    views_.clear();
    heads_.clear();
    bytes_ = 0;
    for (const auto& part : parts_) collect(*part, until);
    ACTLEDGER_CHECK(engine_.check_room(views_.size(), bytes_));
    ACTLEDGER_CHECK(engine_.append_restored({written_}, views_, heads_));
    written_ = until;
    while (!parts_.empty() && parts_.front()->end() <= written_) {
        recycle_(std::move(parts_.front()));
        parts_.pop_front();
    }
    return {};
}

}  // namespace snapshot
