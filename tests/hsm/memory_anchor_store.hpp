#pragma once
// tests/hsm/memory_anchor_store.hpp: an anchor store in memory that behaves as a token does: new before old, and it can
// be away, or break off half-way.

#include <condition_variable>
#include <mutex>

#include "hsm/errc.hpp"
#include "ledger/core/signer.hpp"

class MemoryAnchorStore final : public ledger::AnchorStore {
 public:
    enum class Mode { works, away, breaks_half_way, hangs };

    ledger::Result<std::vector<ledger::Bytes>> read() override {
        const std::lock_guard lock(mutex_);
        return notes_;
    }
    ledger::Result<void> replace(ledger::ByteView note) override {
        std::unique_lock lock(mutex_);
        ++attempts_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return mode_ != Mode::hangs; });
        if (mode_ == Mode::away) return ledger::Error{hsm::errc::token_gone};
        notes_.push_back(ledger::copy(note));
        if (mode_ == Mode::breaks_half_way) return ledger::Error{hsm::errc::worker_died};
        notes_.assign(1, ledger::copy(note));
        return {};
    }

    void set(Mode mode) {
        const std::lock_guard lock(mutex_);
        mode_ = mode;
        changed_.notify_all();
    }
    [[nodiscard]] int attempts() {
        const std::lock_guard lock(mutex_);
        return attempts_;
    }
    void wait_for_attempts(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return attempts_ >= count; });
    }

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<ledger::Bytes> notes_;
    Mode mode_ = Mode::works;
    int attempts_ = 0;
};
