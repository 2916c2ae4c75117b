#include "ledger/store_write/signing_retry.hpp"

#include <pthread.h>

#include <chrono>

namespace ledger {

SigningRetry::SigningRetry(Signer& signer, Duration pause, std::function<void()> on_signed)
    : signer_(signer), pause_(pause), on_signed_(std::move(on_signed)) {}

void SigningRetry::begin(UnsignedGroup group) {
    ACTLEDGER_ASSERT(!waiting());
    first_ = group.first();
    thread_ = std::thread([this, waiting_group = std::move(group)]() mutable { run(std::move(waiting_group)); });
}

void SigningRetry::run(UnsignedGroup group) {
    ::pthread_setname_np(::pthread_self(), "signing-retry");
    while (true) {
        {
            std::unique_lock lock(mutex_);
            const auto pause = std::chrono::microseconds(pause_.us);
            if (cancelled_changed_.wait_for(lock, pause, [&] { return cancelled_; })) return;
        }
        auto sealed = group.sign(signer_);
        if (!sealed) continue;
        {
            const std::lock_guard lock(mutex_);
            signed_ = *std::move(sealed);
        }
        return on_signed_();
    }
}

std::shared_ptr<const SealedGroup> SigningRetry::take() {
    std::shared_ptr<const SealedGroup> group;
    {
        const std::lock_guard lock(mutex_);
        group = std::move(signed_);
    }
    if (group) thread_.join();
    return group;
}

void SigningRetry::cancel() {
    {
        const std::lock_guard lock(mutex_);
        cancelled_ = true;
    }
    cancelled_changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

}  // namespace ledger
