#pragma once
// ledger/core/canonical_layout.hpp: the words of a Cap'n Proto message (capnproto.org/encoding.html), for the writer
// and the reader of the canonical form.

#include <bit>
#include <cstddef>
#include <cstdint>

namespace ledger::canonical {

static_assert(std::endian::native == std::endian::little, "Cap'n Proto's words are little-endian");

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

/// The lowest two bits of a pointer.
enum PointerKind : std::uint64_t { struct_pointer = 0, list_pointer = 1 };
/// Bits 32 to 34 of a list pointer: what its elements are. Those that the ledger's schemas use.
enum ElementSize : std::uint64_t { one_byte = 2, one_pointer = 6, composite = 7 };

/// A struct without content points at itself (offset -1), which tells it from a null pointer.
constexpr std::uint64_t empty_struct_pointer = 0xffff'fffc;

/// Bits 2 to 31: words between the end of the pointer and its target. In the canonical form targets lie ahead.
constexpr std::uint64_t offset_field(std::size_t at, std::size_t target) {
    return std::uint64_t{target - (at + 1)} << 2;
}

constexpr std::uint64_t struct_size_field(std::size_t data_words, std::size_t pointer_words) {
    return std::uint64_t{data_words} << 32 | std::uint64_t{pointer_words} << 48;
}
constexpr std::uint64_t list_size_field(ElementSize size, std::size_t count) {
    return std::uint64_t{size} << 32 | std::uint64_t{count} << 35;
}
/// The word before the elements of a composite list.
constexpr std::uint64_t tag_word(std::size_t count, std::size_t data_words, std::size_t pointer_words) {
    return std::uint64_t{count} << 2 | struct_size_field(data_words, pointer_words);
}

}  // namespace ledger::canonical
