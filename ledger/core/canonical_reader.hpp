#pragma once
// ledger/core/canonical_reader.hpp: reads Cap'n Proto messages of one framed segment, and only in their canonical form:
// what it accepts is what CanonicalWriter writes for the same content. In that form the parts of a message follow each
// other in one order, so the reader goes through the bytes once, and everything that is not where the next part must be
// is refused: shared or overlapping content, gaps, padding, trailing bytes, fields of a newer schema. Why not the
// library's reader: docs/adr/0004-canonical-events.md.

#include "ledger/core/bytes.hpp"

namespace ledger {

/// Reads front to back, in the order in which the writer writes; does not allocate. After something was refused, all
/// further reads give nothing; finish() says whether everything was in order. The bytes outlive the reader and its
/// views.
class CanonicalReader {
 public:
    /// A struct's place. Fields that were left out read as zero or null.
    struct Struct {
        std::size_t at = 0;
        std::size_t data_words = 0;
        std::size_t pointer_words = 0;
    };
    struct StructList {
        std::size_t first = 0;
        std::size_t count = 0;
        std::size_t data_words = 0;
        std::size_t pointer_words = 0;
        [[nodiscard]] Struct operator[](std::size_t i) const {
            return {first + i * (data_words + pointer_words), data_words, pointer_words};
        }
    };
    /// Position of a pointer in words; 0 for one that was left out.
    using Slot = std::size_t;

    explicit CanonicalReader(ByteView framed);

    /// The root struct, without entering it and without its limits, to look at a word of it. For versions.
    [[nodiscard]] std::uint64_t peek_root_word(std::size_t index) const;

    [[nodiscard]] static constexpr Slot root() { return 1; }
    /// A struct that must be there, with at most the given sections (the schema's).
    [[nodiscard]] Struct read_struct(Slot at, std::size_t data_words_max, std::size_t pointer_words_max);
    /// A list of structs; null is an empty one.
    [[nodiscard]] StructList read_struct_list(Slot at, std::size_t count_max, std::size_t data_words_max,
                                              std::size_t pointer_words_max);
    /// A list of pointers: the first slot, and their count; null is an empty one.
    [[nodiscard]] std::pair<Slot, std::size_t> read_pointer_list(Slot at, std::size_t count_max);
    [[nodiscard]] ByteView read_data(Slot at);          ///< Null is empty.
    [[nodiscard]] std::string_view read_text(Slot at);  ///< Null is empty. Without the NUL; not checked to be UTF-8.

    [[nodiscard]] std::uint64_t word(const Struct& in, std::size_t index) const {
        return index < in.data_words && !failed_ ? load(in.at + index) : 0;
    }
    [[nodiscard]] Slot slot(const Struct& in, std::size_t index) const {
        return index < in.pointer_words ? in.at + in.data_words + index : 0;
    }

    /// Whether all was canonical, and all of it was read.
    [[nodiscard]] bool finish() const { return !failed_ && next_ == words_; }

 private:
    [[nodiscard]] std::uint64_t load(std::size_t at) const {
        std::uint64_t value;
        std::memcpy(&value, bytes_.data() + at * sizeof value, sizeof value);
        return value;
    }
    /// The pointer's word; 0 if it was left out, or after a failure.
    [[nodiscard]] std::uint64_t pointer(Slot at) const { return at == 0 || failed_ ? 0 : load(at); }
    /// Whether `pointer`, at `at`, is of the given kind and leads to the next word that was not read yet.
    [[nodiscard]] bool leads_on(std::uint64_t pointer, Slot at, std::uint64_t kind) const;
    [[nodiscard]] bool take(std::size_t words);
    void fail() { failed_ = true; }
    [[nodiscard]] ByteView read_bytes(Slot at);

    ByteView bytes_;
    std::size_t words_ = 0;
    std::size_t next_ = 2;  ///< Behind the segment table and the root pointer.
    bool failed_ = false;
};

}  // namespace ledger
