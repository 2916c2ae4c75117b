#include "ledger/core/canonical_reader.hpp"

#include <algorithm>

#include "ledger/core/canonical_layout.hpp"

namespace ledger {

using namespace canonical;

CanonicalReader::CanonicalReader(ByteView framed) : bytes_(framed), words_(framed.size() / word_bytes) {
    // One segment: its count less one is 0, then its size in words, four bytes each.
    failed_ = framed.size() % word_bytes != 0 || words_ < next_ || load(0) != std::uint64_t{words_ - 1} << 32;
}

bool CanonicalReader::leads_on(std::uint64_t pointer, Slot at, std::uint64_t kind) const {
    return (pointer & 0xffff'ffff) == (offset_field(at, next_) | kind);
}

bool CanonicalReader::take(std::size_t words) {
    if (words > words_ - next_) {
        fail();
        return false;
    }
    next_ += words;
    return true;
}

std::uint64_t CanonicalReader::peek_root_word(std::size_t index) const {
    const std::uint64_t pointer = failed_ ? 0 : load(root());
    const std::size_t data_words = pointer >> 32 & 0xffff;
    if (!leads_on(pointer, root(), struct_pointer) || index >= data_words || next_ + index >= words_) return 0;
    return load(next_ + index);
}

CanonicalReader::Struct CanonicalReader::read_struct(Slot at, std::size_t data_words_max,
                                                     std::size_t pointer_words_max) {
    const std::uint64_t word = pointer(at);
    if (word == empty_struct_pointer) return {};
    const Struct found{next_, word >> 32 & 0xffff, word >> 48};
    const std::size_t words = found.data_words + found.pointer_words;
    if (!leads_on(word, at, struct_pointer) || words == 0 || found.data_words > data_words_max ||
        found.pointer_words > pointer_words_max || !take(words)) {
        fail();
        return {};
    }
    // Trimmed: neither section ends in a zero.
    if (found.data_words > 0 && load(found.at + found.data_words - 1) == 0) fail();
    if (found.pointer_words > 0 && load(found.at + words - 1) == 0) fail();
    return found;
}

CanonicalReader::StructList CanonicalReader::read_struct_list(Slot at, std::size_t count_max,
                                                              std::size_t data_words_max,
                                                              std::size_t pointer_words_max) {
    const std::uint64_t word = pointer(at);
    if (word == 0) return {};
    if (!leads_on(word, at, list_pointer) || next_ >= words_) {
        fail();
        return {};
    }
    const std::uint64_t tag = load(next_);
    const StructList found{next_ + 1, tag >> 2 & 0x3fff'ffff, tag >> 32 & 0xffff, tag >> 48};
    const std::size_t words = found.count * (found.data_words + found.pointer_words);
    if (found.count == 0 || found.count > count_max || found.data_words > data_words_max ||
        found.pointer_words > pointer_words_max || words == 0 || (tag & 3) != 0 ||
        word >> 32 != list_size_field(composite, words) >> 32 || !take(1 + words)) {
        fail();
        return {};
    }
    // Trimmed: of each section, some element needs the last word.
    bool last_data_used = found.data_words == 0;
    bool last_pointer_used = found.pointer_words == 0;
    for (std::size_t i = 0; i < found.count; ++i) {
        const Struct element = found[i];
        last_data_used = last_data_used || load(element.at + element.data_words - 1) != 0;
        last_pointer_used = last_pointer_used || load(element.at + element.data_words + element.pointer_words - 1) != 0;
    }
    if (!last_data_used || !last_pointer_used) fail();
    return found;
}

std::pair<CanonicalReader::Slot, std::size_t> CanonicalReader::read_pointer_list(Slot at, std::size_t count_max) {
    const std::uint64_t word = pointer(at);
    if (word == 0) return {0, 0};
    const std::size_t count = word >> 35;
    const Slot first = next_;
    if (!leads_on(word, at, list_pointer) || word >> 32 != list_size_field(one_pointer, count) >> 32 || count == 0 ||
        count > count_max || !take(count)) {
        fail();
        return {0, 0};
    }
    return {first, count};
}

ByteView CanonicalReader::read_bytes(Slot at) {
    const std::uint64_t word = pointer(at);
    if (word == 0) return {};
    const std::size_t count = word >> 35;
    const std::size_t begin = next_ * word_bytes;
    if (!leads_on(word, at, list_pointer) || word >> 32 != list_size_field(one_byte, count) >> 32 || count == 0 ||
        !take((count + word_bytes - 1) / word_bytes)) {
        fail();
        return {};
    }
    // What pads the last word is zero.
    const std::size_t used = count % word_bytes;
    if (used != 0 && load(next_ - 1) >> 8 * used != 0) fail();
    return bytes_.subspan(begin, count);
}

ByteView CanonicalReader::read_data(Slot at) { return read_bytes(at); }

std::string_view CanonicalReader::read_text(Slot at) {
    const ByteView bytes = read_bytes(at);
    if (bytes.empty()) return {};
    if (bytes.size() == 1 || bytes.back() != 0) {
        fail();
        return {};
    }
    return as_text(bytes.first(bytes.size() - 1));
}

}  // namespace ledger
