#pragma once
// ledger/core/signer.hpp: what the ledger asks of whoever holds the key. Implemented by hsm/.

#include "ledger/core/suite.hpp"

namespace ledger {

/// Signs tree heads. One caller at a time.
class Signer {
 public:
    virtual ~Signer() = default;
    [[nodiscard]] virtual const PublicKey& public_key() const = 0;
    /// Blocks until signed or until the implementation's deadline. The signature has been verified with public_key().
    /// @return strict-DER ECDSA-Sig-Value over the suite's hash of `message`; errc::signer_unavailable, or an errc of
    ///         the implementation, when there is none. Trying again later is always safe.
    [[nodiscard]] virtual Result<Bytes> sign(ByteView message) = 0;
};

/// Where the anchor is kept: outside the machine's disk, on the token (design section 6). Holds opaque signed notes.
class AnchorStore {
 public:
    virtual ~AnchorStore() = default;
    /// All anchor notes found, in no order: an interrupted replacement leaves two. Empty: none was ever made, or lost.
    [[nodiscard]] virtual Result<std::vector<Bytes>> read() = 0;
    /// Makes the new one, then removes all others. May be interrupted at any point; the highest valid one wins.
    [[nodiscard]] virtual Result<void> replace(ByteView note) = 0;
};

/// Wall and monotonic clocks; handed in by the programs, so that tests hold them.
class Clock {
 public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual std::int64_t wall_us() const = 0;       ///< UTC microseconds since 1970.
    [[nodiscard]] virtual std::int64_t monotonic_us() const = 0;  ///< Counts while the machine sleeps (CLOCK_BOOTTIME).
};

}  // namespace ledger
