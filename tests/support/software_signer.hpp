#pragma once
// tests/support/software_signer.hpp: a signer with a real P-256 key in software, which keeps a signer's promise (it
// verifies what it hands out) and can be slow, gone, or answer nonsense as a card may.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "ledger/core/errc.hpp"
#include "ledger/license_file/private_key.hpp"

namespace support {

/// Set from any thread; signs on one.
class SoftwareSigner final : public ledger::Signer {
 public:
    enum class Fault { none, unavailable, nonsense };

    SoftwareSigner() : key_(ledger::PrivateKey::generate()) {}

    [[nodiscard]] const ledger::PublicKey& public_key() const override { return key_.public_key(); }

    [[nodiscard]] ledger::Result<ledger::Bytes> sign(ledger::ByteView message) override {
        {
            std::unique_lock lock(mutex_);
            messages_.emplace_back(ledger::as_text(message));
            held_.wait(lock, [&] { return !hold_; });
        }
        std::this_thread::sleep_for(delay_.load());
        if (fault_ == Fault::unavailable)
            return ledger::Error{ledger::errc::signer_unavailable, "the card is pulled out"};
        ACTLEDGER_TRY(ledger::Bytes signature, key_.sign(message));
        if (fault_ == Fault::nonsense) signature.back() = static_cast<std::uint8_t>(signature.back() ^ 1);
        if (!public_key().verify(message, signature)) {
            return ledger::Error{ledger::errc::signer_unavailable, "the card answers nonsense"};
        }
        return signature;
    }

    void set_fault(Fault fault) { fault_ = fault; }
    void set_delay(std::chrono::microseconds delay) { delay_ = delay; }
    /// From now on signatures wait for release().
    void hold() {
        const std::lock_guard lock(mutex_);
        hold_ = true;
    }
    void release() {
        {
            const std::lock_guard lock(mutex_);
            hold_ = false;
        }
        held_.notify_all();
    }
    /// All that signing was asked for, in order.
    [[nodiscard]] std::vector<std::string> messages() const {
        const std::lock_guard lock(mutex_);
        return messages_;
    }

 private:
    ledger::PrivateKey key_;
    std::atomic<Fault> fault_ = Fault::none;
    std::atomic<std::chrono::microseconds> delay_{std::chrono::microseconds(0)};
    mutable std::mutex mutex_;
    std::condition_variable held_;
    bool hold_ = false;
    std::vector<std::string> messages_;
};

}  // namespace support
