#include "ledger/core/canonical_message.hpp"

#include <algorithm>
#include <bit>

namespace ledger {
namespace {

static_assert(std::endian::native == std::endian::little, "Cap'n Proto's words are little-endian");

enum PointerKind : std::uint64_t { struct_pointer = 0, list_pointer = 1 };
enum ElementSize : std::uint64_t { bytes_of_1 = 2, pointers = 6, composite = 7 };

/// A struct without content points at itself (offset -1), which tells it from a null pointer.
constexpr std::uint64_t empty_struct_pointer = 0xffff'fffc;

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

/// Words between the end of the pointer and its target; targets always lie ahead.
std::uint64_t offset_field(std::size_t at, std::size_t target) { return std::uint64_t{target - (at + 1)} << 2; }
std::uint64_t struct_size_field(std::size_t data_words, std::size_t pointer_words) {
    return std::uint64_t{data_words} << 32 | std::uint64_t{pointer_words} << 48;
}
std::uint64_t list_pointer_word(std::size_t at, std::size_t target, ElementSize size, std::size_t count) {
    return offset_field(at, target) | list_pointer | std::uint64_t{size} << 32 | std::uint64_t{count} << 35;
}

}  // namespace

CanonicalWriter::CanonicalWriter(std::span<std::uint64_t> buffer) : buffer_(buffer) {
    set_word(0, 0);
    set_word(root(), 0);
}

void CanonicalWriter::set_word(std::size_t at, std::uint64_t value) {
    if (at < buffer_.size()) buffer_[at] = value;
}

std::size_t CanonicalWriter::take(std::size_t words) {
    const std::size_t begin = end_;
    end_ += words;
    if (end_ <= buffer_.size()) std::fill_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin), words, 0);
    return begin;
}

CanonicalWriter::Slot CanonicalWriter::write_struct(Slot at, std::initializer_list<std::uint64_t> data,
                                                    std::initializer_list<bool> present) {
    std::size_t data_words = data.size();
    while (data_words > 0 && data.begin()[data_words - 1] == 0) --data_words;
    std::size_t pointer_words = present.size();
    while (pointer_words > 0 && !present.begin()[pointer_words - 1]) --pointer_words;
    if (data_words + pointer_words == 0) {
        set_word(at, empty_struct_pointer);
        return end_;
    }
    const std::size_t target = take(data_words + pointer_words);
    set_word(at, offset_field(at, target) | struct_pointer | struct_size_field(data_words, pointer_words));
    for (std::size_t i = 0; i < data_words; ++i) set_word(target + i, data.begin()[i]);
    return target + data_words;
}

void CanonicalWriter::write_bytes(Slot at, ByteView bytes, std::size_t counted) {
    if (bytes.empty()) return;
    const std::size_t words = (counted + word_bytes - 1) / word_bytes;
    const std::size_t target = end_;
    end_ += words;
    if (end_ > buffer_.size()) return;
    buffer_[end_ - 1] = 0;
    std::memcpy(buffer_.data() + target, bytes.data(), bytes.size());
    set_word(at, list_pointer_word(at, target, bytes_of_1, counted));
}

void CanonicalWriter::write_data(Slot at, ByteView bytes) { write_bytes(at, bytes, bytes.size()); }

void CanonicalWriter::write_text(Slot at, std::string_view text) {
    write_bytes(at, as_bytes(text), text.size() + 1);  // text ends with a NUL, which the padding provides
}

std::size_t CanonicalWriter::write_struct_list(Slot at, std::size_t count, std::size_t data_words,
                                               std::size_t pointer_words) {
    ACTLEDGER_ASSERT(count > 0 && data_words + pointer_words > 0);
    const std::size_t words = count * (data_words + pointer_words);
    const std::size_t tag = take(1 + words);
    set_word(at, list_pointer_word(at, tag, composite, words));
    set_word(tag, std::uint64_t{count} << 2 | struct_size_field(data_words, pointer_words));
    return tag + 1;
}

CanonicalWriter::Slot CanonicalWriter::write_pointer_list(Slot at, std::size_t count) {
    ACTLEDGER_ASSERT(count > 0);
    const std::size_t target = take(count);
    set_word(at, list_pointer_word(at, target, pointers, count));
    return target;
}

std::optional<ByteView> CanonicalWriter::finish() {
    if (end_ > buffer_.size()) return std::nullopt;
    // One segment: its count less one is 0, then its size in words, four bytes each.
    set_word(0, std::uint64_t{end_ - 1} << 32);
    return ByteView{reinterpret_cast<const std::uint8_t*>(buffer_.data()), end_ * word_bytes};
}

}  // namespace ledger
