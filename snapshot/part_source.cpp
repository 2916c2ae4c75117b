#include "snapshot/part_source.hpp"

#include "ledger/core/errc.hpp"

namespace snapshot {
namespace {

using ledger::Bytes;
using ledger::ByteView;
using ledger::Digest;
using ledger::Result;
using ledger::tile_width;

/// Values one behind the other in a buffer, and where each ends.
class Row {
 public:
    explicit Row(Bytes& buffer) : buffer_(buffer) { buffer_.clear(); }
    void add(std::uint64_t place, ByteView value) {
        buffer_.insert(buffer_.end(), value.begin(), value.end());
        ends_.emplace_back(place, buffer_.size());
    }
    /// Once nothing is added any more. @param take  called with place and bytes
    template <class Take>
    void each(const Take& take) const {
        std::size_t begin = 0;
        for (const auto& [place, end] : ends_) {
            take(place, ByteView(buffer_).subspan(begin, end - begin));
            begin = end;
        }
    }

 private:
    Bytes& buffer_;
    std::vector<std::pair<std::uint64_t, std::size_t>> ends_;
};

}  // namespace

Result<void> LogSource::read_part(std::uint64_t index, ledger::ExportPart& part) const {
    const std::uint64_t first = index * tile_width;
    const std::uint64_t end = std::min(first + tile_width, size_.value);
    part.first = {first};
    part.entries.clear();
    part.leaves.clear();
    part.heads.clear();
    part.annex.clear();

    Row events(part.buffers[0]);
    ACTLEDGER_CHECK(log_.visit_events({first}, {end}, [&](ledger::SequenceNumber number, ByteView event) {
        events.add(number.value - first, event);
        return true;
    }));
    Row heads(part.buffers[1]);
    ACTLEDGER_CHECK(log_.visit_heads({first + 1}, [&](const ledger::ReleasedHead& head) {
        if (head.size.value > end) return false;
        heads.add(head.size.value - 1 - first, ledger::as_bytes(head.note));
        return true;
    }));
    Row annex(part.buffers[2]);
    ACTLEDGER_CHECK(log_.visit_annex({first}, {end}, [&](ledger::SequenceNumber number, ByteView entry) {
        annex.add(number.value - first, entry);
        return true;
    }));
    bool whole = true;
    ACTLEDGER_CHECK(log_.visit_nodes({first}, {end}, [&](ledger::SequenceNumber, ByteView hashes) {
        whole = hashes.size() >= Digest::size_bytes;
        if (whole) part.leaves.push_back(Digest::from(hashes.first(Digest::size_bytes)));
        return whole;
    }));
    if (!whole) return ledger::Error{ledger::errc::log_damaged, "stored hashes", {{"folder", name()}}};

    events.each([&](std::uint64_t, ByteView event) { part.entries.push_back(event); });
    heads.each([&](std::uint64_t place, ByteView note) {
        part.heads.push_back({static_cast<std::uint16_t>(place), note});
    });
    annex.each([&](std::uint64_t place, ByteView entry) {
        part.annex.push_back({static_cast<std::uint16_t>(place), entry});
    });
    return {};
}

Result<std::vector<Digest>> LogSource::read_hashes(unsigned level, std::uint64_t index, std::size_t width) const {
    std::vector<Digest> hashes;
    for (std::uint64_t place = index * tile_width; hashes.size() < width; ++place) {
        ACTLEDGER_TRY(const Digest hash, log_.node({static_cast<std::uint8_t>(level * ledger::tile_height), place}));
        hashes.push_back(hash);
    }
    return hashes;
}

}  // namespace snapshot
