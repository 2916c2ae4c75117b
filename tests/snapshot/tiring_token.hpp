#pragma once
// tests/snapshot/tiring_token.hpp: a token that stops at a stated signature or write.

#include "ledger/core/anchor.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/license_file/private_key.hpp"

namespace snapshot {

using ledger::Bytes;
using ledger::Error;
using ledger::Result;

/// Signs until it has signed so often; then the card is gone.
class TiringSigner final : public ledger::Signer {
 public:
    TiringSigner(ledger::PrivateKey& key, int most) : key_(key), left_(most) {}
    [[nodiscard]] const ledger::PublicKey& public_key() const override { return key_.public_key(); }
    [[nodiscard]] Result<Bytes> sign(ledger::ByteView message) override {
        if (left_-- <= 0) return Error{ledger::errc::signer_unavailable};
        return key_.sign(message);
    }

 private:
    ledger::PrivateKey& key_;
    int left_;
};

/// A token's anchors. The n-th replacement breaks off: before anything is written, or before the old one is removed.
class BreakingStore final : public ledger::AnchorStore {
 public:
    explicit BreakingStore(Bytes first) : notes{std::move(first)} {}
    [[nodiscard]] Result<std::vector<Bytes>> read() override { return notes; }
    [[nodiscard]] Result<void> replace(ledger::ByteView note) override {
        const bool breaks = ++replaced == breaks_at;
        if (breaks && !half_way) return Error{ledger::errc::storage_failed};
        notes.push_back(ledger::copy(note));
        if (breaks) return Error{ledger::errc::storage_failed};
        notes.assign(1, ledger::copy(note));
        return {};
    }
    std::vector<Bytes> notes;
    int replaced = 0;
    int breaks_at = 0;
    bool half_way = false;
};

}  // namespace snapshot
