#pragma once
// projections/state/state_reader.hpp: reads what StateWriter wrote, and nothing that it would not have written. The
// first thing that is wrong ends it: from then on every read gives zeros, and ok() is false. So a part reads its fields
// one after another and looks at ok() in its loops alone.

#include <openssl/types.h>

#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "ledger/core/bytes.hpp"
#include "ledger/core/sizes.hpp"

namespace projections {

/// Holds at most one piece in memory, whatever lengths the input claims. One thread.
class StateReader {
 public:
    /// Fills the span from its beginning. @return how many bytes; 0: there are no more.
    using Source = std::function<ledger::Result<std::size_t>(std::span<std::uint8_t>)>;
    static constexpr std::size_t piece_bytes = 1U << 18;
    explicit StateReader(Source source);
    ~StateReader();
    StateReader(const StateReader&) = delete;
    StateReader& operator=(const StateReader&) = delete;

    [[nodiscard]] bool ok() const { return !error_; }
    /// Says what is not as it must be, unless all was right before it.
    void require(bool condition, const char* what);

    std::uint64_t number(std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
    ledger::Timestamp time() { return {static_cast<std::int64_t>(number())}; }
    ledger::Duration length() { return {static_cast<std::int64_t>(number())}; }
    bool flag() { return number(1) == 1; }
    /// How many events the state has folded: from then on event() gives numbers below it only.
    void set_events(std::uint64_t size) { events_ = size; }
    [[nodiscard]] std::uint64_t events() const { return events_; }
    ledger::SequenceNumber event();
    void fixed(std::span<std::uint8_t> out);
    /// Length-prefixed. @param most  beyond it, and beyond piece_bytes, the input is malformed.
    ledger::Bytes bytes(std::size_t most);
    std::string text(std::size_t most);
    /// The next `size` bytes, good until the next call; nullptr when they are not there.
    /// @pre size <= piece_bytes (asserted)
    [[nodiscard]] const std::uint8_t* take(std::size_t size);

    /// To be called last. @return the digest of all that was read; errc::state_malformed (detail: what, and where),
    /// also for bytes behind the end; what the source returned
    [[nodiscard]] ledger::Result<ledger::Digest> finish();

 private:
    [[nodiscard]] bool fill(std::size_t size);

    Source source_;
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
    std::unique_ptr<std::uint8_t[]> piece_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t read_ = 0;  // from the source
    std::uint64_t events_ = 0;
    std::optional<ledger::Error> error_;
};

template <class Unsigned>
[[nodiscard]] Unsigned get_little_endian(const std::uint8_t* at) {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value |= static_cast<Unsigned>(Unsigned{at[i]} << (8 * i));
    return value;
}

}  // namespace projections
