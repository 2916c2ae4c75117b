#pragma once
// ledger/core/framed_message.hpp: reads Cap'n Proto's stream framing of exactly one segment. For those who read
// messages with the library's generated readers; keeps its headers out of the contracts.

#include <capnp/message.h>

#include "ledger/core/bytes.hpp"

namespace ledger {

/// Whether `framed` is a segment table of one segment and then that segment, and nothing more.
[[nodiscard]] bool is_one_segment(ByteView framed);

/// A message in a copy of its bytes, aligned as the reader wants it. Reading throws kj::Exception where the message is
/// not well formed, or where its pointers lead to more than twice its own size (lists that share their content).
template <std::size_t bytes_max>
class FramedMessage {
 public:
    /// @pre is_one_segment(framed), and at most bytes_max bytes (asserted).
    explicit FramedMessage(ByteView framed)
        : segment_(words_ + 1, framed.size() / sizeof(capnp::word) - 1),
          reader_({&segment_, 1}, limits(segment_.size())) {
        ACTLEDGER_ASSERT(is_one_segment(framed) && framed.size() <= bytes_max);
        std::memcpy(words_, framed.data(), framed.size());
    }

    template <class Root>
    [[nodiscard]] typename Root::Reader root() {
        return reader_.getRoot<Root>();
    }

 private:
    static capnp::ReaderOptions limits(std::size_t segment_words) { return {2 * segment_words, 16}; }

    capnp::word words_[(bytes_max + sizeof(capnp::word) - 1) / sizeof(capnp::word)];  // filled as far as it is read
    kj::ArrayPtr<const capnp::word> segment_;
    capnp::SegmentArrayMessageReader reader_;
};

[[nodiscard]] inline ByteView as_view(capnp::Data::Reader data) { return {data.begin(), data.size()}; }
[[nodiscard]] inline std::string_view as_view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

}  // namespace ledger
