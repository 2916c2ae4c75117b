#pragma once
// projections/state/state_writer.hpp: the one spelling of a state as bytes: what its digest covers (invariant L6) and
// what a snapshot keeps. Format: docs/formats/snapshot.md.

#include <openssl/types.h>

#include <functional>
#include <memory>

#include "ledger/core/bytes.hpp"
#include "ledger/core/sizes.hpp"

namespace projections {

/// Raised with every change of what is written or of what a fold makes of an event: states of different versions are
/// not compared, and a snapshot of another version is not used.
constexpr std::uint32_t state_version = 6;

/// SHA-256 over all that is written, whatever the ledger's suite is. Holds at most one piece in memory. One thread.
class StateWriter {
 public:
    static constexpr std::size_t piece_bytes = 1U << 18;
    /// Receives what was written, piece by piece, in order. Nothing: only the digest is wanted.
    using Sink = std::function<void(ledger::ByteView)>;
    explicit StateWriter(Sink sink = {});
    ~StateWriter();
    StateWriter(const StateWriter&) = delete;
    StateWriter& operator=(const StateWriter&) = delete;

    /// 8 bytes, the least significant first.
    StateWriter& number(std::uint64_t value);
    StateWriter& time(ledger::Timestamp value) { return number(static_cast<std::uint64_t>(value.us)); }
    StateWriter& length(ledger::Duration value) { return number(static_cast<std::uint64_t>(value.us)); }
    StateWriter& event(ledger::SequenceNumber value) { return number(value.value); }
    StateWriter& flag(bool value) { return number(value ? 1 : 0); }
    /// The bytes alone: of a length that the format fixes.
    StateWriter& fixed(ledger::ByteView value);
    /// Their number before them.
    StateWriter& bytes(ledger::ByteView value) { return number(value.size()).fixed(value); }
    StateWriter& text(std::string_view value) { return bytes(ledger::as_bytes(value)); }
    /// Room for `size` bytes that the caller fills before the next call. @pre size <= piece_bytes (asserted)
    [[nodiscard]] std::uint8_t* room(std::size_t size);

    [[nodiscard]] std::uint64_t size() const { return flushed_ + used_; }
    /// Hands the last piece to the sink. @return the digest of all; nothing may be written after it.
    [[nodiscard]] ledger::Digest finish();

 private:
    void flush();

    Sink sink_;
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
    std::unique_ptr<std::uint8_t[]> piece_;
    std::size_t used_ = 0;
    std::uint64_t flushed_ = 0;
};

/// The least significant byte first; compilers make one store of it.
template <class Unsigned>
void put_little_endian(std::uint8_t* at, Unsigned value) {
    for (std::size_t i = 0; i < sizeof value; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

}  // namespace projections
