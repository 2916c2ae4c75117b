#pragma once
// tools/node/guarded_signer.hpp: lets nothing be signed until the log has been held against the token's anchor (L8).

#include <atomic>

#include "ledger/core/signer.hpp"

namespace node {

/// Forwards to `inner` once open() was called. open() from any thread; sign as the inner signer allows.
class GuardedSigner final : public ledger::Signer {
 public:
    /// @param inner  outlives this.
    explicit GuardedSigner(ledger::Signer& inner) : inner_(inner) {}
    void open() { open_.store(true, std::memory_order_release); }
    [[nodiscard]] bool is_open() const { return open_.load(std::memory_order_acquire); }

    [[nodiscard]] const ledger::PublicKey& public_key() const override { return inner_.public_key(); }
    /// @return errc::anchor_unchecked before open(), else what the inner signer returns.
    [[nodiscard]] ledger::Result<ledger::Bytes> sign(ledger::ByteView message) override;

 private:
    ledger::Signer& inner_;
    std::atomic<bool> open_{false};
};

}  // namespace node
