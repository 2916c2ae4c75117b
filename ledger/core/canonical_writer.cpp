#include "ledger/core/canonical_writer.hpp"

#include <algorithm>

#include "ledger/core/canonical_layout.hpp"

namespace ledger {

using namespace canonical;

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
    set_word(at, offset_field(at, target) | list_pointer | list_size_field(one_byte, counted));
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
    set_word(at, offset_field(at, tag) | list_pointer | list_size_field(composite, words));
    set_word(tag, tag_word(count, data_words, pointer_words));
    return tag + 1;
}

CanonicalWriter::Slot CanonicalWriter::write_pointer_list(Slot at, std::size_t count) {
    ACTLEDGER_ASSERT(count > 0);
    const std::size_t target = take(count);
    set_word(at, offset_field(at, target) | list_pointer | list_size_field(one_pointer, count));
    return target;
}

std::optional<ByteView> CanonicalWriter::finish() {
    if (end_ > buffer_.size()) return std::nullopt;
    // One segment: its count less one is 0, then its size in words, four bytes each.
    set_word(0, std::uint64_t{end_ - 1} << 32);
    return ByteView{reinterpret_cast<const std::uint8_t*>(buffer_.data()), end_ * word_bytes};
}

}  // namespace ledger
