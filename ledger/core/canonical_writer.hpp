#pragma once
// ledger/core/canonical_writer.hpp: writes Cap'n Proto messages in their canonical form (capnproto.org/encoding.html,
// "Canonicalization"), framed as one segment. The form does not depend on the schema's later growth, so an old event
// has the same one spelling for ever. Why not the library's writer and reader: docs/adr/0004-canonical-events.md.

#include <initializer_list>
#include <optional>
#include <span>

#include "ledger/core/bytes.hpp"

namespace ledger {

/// Writes front to back into a caller's buffer, without allocating. Children must be written in the order of their
/// pointers, each with all below it before the next (preorder): that is the canonical order. Beyond the buffer's end
/// nothing is written, and finish() says so.
class CanonicalWriter {
 public:
    /// Position of a pointer that is to be filled, in words from the buffer's start.
    using Slot = std::size_t;

    /// @param buffer  need not be cleared; outlives the writer.
    explicit CanonicalWriter(std::span<std::uint64_t> buffer);
    [[nodiscard]] static constexpr Slot root() { return 1; }

    /// A struct. Trailing zero words and trailing absent pointers are left out.
    /// @param data     the struct's data section.
    /// @param present  for each pointer of the struct, whether it will be written.
    /// @return the slot of its first pointer; the others follow it.
    Slot write_struct(Slot at, std::initializer_list<std::uint64_t> data, std::initializer_list<bool> present);
    void write_data(Slot at, ByteView bytes);         ///< Null if empty.
    void write_text(Slot at, std::string_view text);  ///< Null if empty.

    /// A list of structs, all of one size as the format has it. @pre count > 0
    /// @return the position of the first element; one element has data_words + pointer_words words. Data words are set
    ///         with set_word; the element's pointers follow them.
    std::size_t write_struct_list(Slot at, std::size_t count, std::size_t data_words, std::size_t pointer_words);
    /// A list of pointers, as List(Data). @pre count > 0 @return the first slot
    Slot write_pointer_list(Slot at, std::size_t count);
    void set_word(std::size_t at, std::uint64_t value);

    /// The framed message: 8 bytes of segment table, then the segment. Empty if the buffer was too small.
    [[nodiscard]] std::optional<ByteView> finish();

 private:
    /// @return the position of `words` new words, all zero.
    std::size_t take(std::size_t words);
    void write_bytes(Slot at, ByteView bytes, std::size_t counted);

    std::span<std::uint64_t> buffer_;
    std::size_t end_ = 2;  ///< Words used: the segment table and the root pointer.
};

}  // namespace ledger
