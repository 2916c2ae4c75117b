#pragma once
// ledger/store_write/signing_retry.hpp: signs a closed group whose first signature failed, as often as it takes, on a
// thread of its own, so that the sequencing thread can go on answering what needs no signature.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "ledger/store_write/group_builder.hpp"

namespace ledger {

/// Used by one thread, which must not call the signer while a group waits here.
class SigningRetry {
 public:
    /// @param pause      between two attempts.
    /// @param on_signed  on the retrying thread: take() has something.
    SigningRetry(Signer& signer, Duration pause, std::function<void()> on_signed);
    ~SigningRetry() { cancel(); }
    SigningRetry(const SigningRetry&) = delete;
    SigningRetry& operator=(const SigningRetry&) = delete;

    /// @pre no group waits (asserted).
    void begin(UnsignedGroup group);
    [[nodiscard]] bool waiting() const { return thread_.joinable(); }
    [[nodiscard]] SequenceNumber first() const { return first_; }  ///< Of the group that waits.
    /// The group once it is signed; null before. Nothing waits afterwards.
    [[nodiscard]] std::shared_ptr<const SealedGroup> take();
    /// Gives the group up, which nobody has seen. Blocks until an attempt that is under way has ended.
    void cancel();

 private:
    void run(UnsignedGroup group);

    Signer& signer_;
    const Duration pause_;
    const std::function<void()> on_signed_;
    std::mutex mutex_;
    std::condition_variable cancelled_changed_;
    bool cancelled_ = false;
    std::shared_ptr<const SealedGroup> signed_;
    SequenceNumber first_;
    std::thread thread_;
};

}  // namespace ledger
