#include "ledger/core/tile_bundle.hpp"

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

constexpr std::size_t number_bytes = 2;

Error malformed(const char* what) { return {errc::malformed_tile, what}; }

void append_number(Bytes& to, std::size_t number) {
    to.push_back(static_cast<std::uint8_t>(number >> 8));
    to.push_back(static_cast<std::uint8_t>(number));
}

/// Takes numbers and byte strings off the front; once something is missing, everything is.
class Front {
 public:
    explicit Front(ByteView rest) : rest_(rest) {}
    std::size_t number() {
        const ByteView bytes = take(number_bytes);
        return bytes.empty() ? 0 : std::size_t{bytes[0]} << 8 | bytes[1];
    }
    /// @return nothing, and fails, for a length of 0 too
    ByteView take(std::size_t length) {
        failed_ = failed_ || length == 0 || length > rest_.size();
        if (failed_) return {};
        const ByteView taken = rest_.first(length);
        rest_ = rest_.subspan(length);
        return taken;
    }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool ended() const { return !failed_ && rest_.empty(); }

 private:
    ByteView rest_;
    bool failed_ = false;
};

}  // namespace

Result<std::vector<Digest>> parse_hash_tile(ByteView bytes, std::size_t width) {
    if (bytes.size() != width * Digest::size_bytes) return malformed("a hash tile of another length");
    std::vector<Digest> hashes(width);
    for (std::size_t i = 0; i < width; ++i) {
        hashes[i] = Digest::from(bytes.subspan(i * Digest::size_bytes, Digest::size_bytes));
    }
    return hashes;
}

void append_entry(Bytes& bundle, ByteView entry) {
    ACTLEDGER_ASSERT(!entry.empty() && entry.size() <= UINT16_MAX);
    append_number(bundle, entry.size());
    bundle.insert(bundle.end(), entry.begin(), entry.end());
}

Result<std::vector<ByteView>> parse_entry_bundle(ByteView bytes, std::size_t width) {
    std::vector<ByteView> entries;
    entries.reserve(width);
    Front front(bytes);
    for (std::size_t i = 0; i < width; ++i) entries.push_back(front.take(front.number()));
    if (front.failed()) return malformed("an entry bundle that is cut");
    if (!front.ended()) return malformed("an entry bundle with bytes behind its last entry");
    return entries;
}

void PlacedBundle::append(std::size_t place, ByteView bytes) {
    ACTLEDGER_ASSERT(place >= next_place_ && place < tile_width && !bytes.empty() && bytes.size() <= UINT16_MAX);
    append_number(bytes_, place);
    append_entry(bytes_, bytes);
    next_place_ = place + 1;
    ++count_;
    bytes_[0] = static_cast<std::uint8_t>(count_ >> 8);
    bytes_[1] = static_cast<std::uint8_t>(count_);
}

void PlacedBundle::clear() {
    bytes_.assign(number_bytes, 0);
    count_ = 0;
    next_place_ = 0;
}

Result<std::vector<PlacedEntry>> parse_placed_bundle(ByteView bytes, std::size_t width) {
    Front front(bytes);
    const std::size_t count = front.number();
    if (front.failed() || count > width) return malformed("a bundle without its number of entries, or too many");
    std::vector<PlacedEntry> entries;
    entries.reserve(count);
    std::size_t next_place = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t place = front.number();
        const ByteView content = front.take(front.number());
        if (front.failed()) return malformed("a bundle that is cut");
        if (place < next_place || place >= width) return malformed("a bundle with a place that is not its own");
        entries.push_back({static_cast<std::uint16_t>(place), content});
        next_place = place + 1;
    }
    if (!front.ended()) return malformed("a bundle with bytes behind its last entry");
    return entries;
}

}  // namespace ledger
