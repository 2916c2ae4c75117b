#pragma once
// projections/state/state_hash.hpp: the deterministic serialisation behind a state's digest (invariant L6): numbers as
// 8 bytes, most significant first; byte strings with their length before them. Never stored, so it may change.

#include <openssl/types.h>

#include <memory>

#include "ledger/core/bytes.hpp"
#include "ledger/core/sizes.hpp"

namespace projections {

/// SHA-256, whatever the ledger's suite is: a digest is for comparison within one version of the program.
class StateHash {
 public:
    StateHash();
    ~StateHash();
    StateHash(const StateHash&) = delete;
    StateHash& operator=(const StateHash&) = delete;

    StateHash& number(std::uint64_t value);
    StateHash& time(ledger::Timestamp value) { return number(static_cast<std::uint64_t>(value.us)); }
    StateHash& bytes(ledger::ByteView value);
    StateHash& text(std::string_view value) { return bytes(ledger::as_bytes(value)); }
    /// The digest of all so far; nothing may be added after it.
    [[nodiscard]] ledger::Digest finish();

 private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace projections
