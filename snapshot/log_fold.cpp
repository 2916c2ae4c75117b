#include "snapshot/log_fold.hpp"

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "ledger/core/event_codec.hpp"

namespace snapshot {
namespace {

constexpr std::size_t batch_events = 512;
constexpr std::size_t batches = 3;

struct Batch {
    std::vector<ledger::Event> events = std::vector<ledger::Event>(batch_events);  // memory is used again
    std::size_t count = 0;
};

/// A ring of batches between one thread that fills and one that empties.
class BatchRing {
 public:
    /// The batch to fill next; blocks while all are full. nullptr: nobody wants more.
    Batch* to_fill() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return filled_ - emptied_ < batches || left_; });
        if (left_) return nullptr;
        Batch& batch = ring_[filled_ % batches];
        batch.count = 0;
        return &batch;
    }
    void filled() {
        change([&] { ++filled_; });
    }
    void end() {
        change([&] { ended_ = true; });
    }

    /// The batch to empty next; blocks until there is one. nullptr: that was all.
    const Batch* to_empty() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return emptied_ < filled_ || ended_; });
        return emptied_ < filled_ ? &ring_[emptied_ % batches] : nullptr;
    }
    void emptied() {
        change([&] { ++emptied_; });
    }
    void leave() {
        change([&] { left_ = true; });
    }

 private:
    template <class Change>
    void change(const Change& change) {
        {
            const std::lock_guard lock(mutex_);
            change();
        }
        changed_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::array<Batch, batches> ring_;
    std::size_t filled_ = 0;
    std::size_t emptied_ = 0;
    bool ended_ = false;
    bool left_ = false;
};

ledger::Result<void> decode_into(BatchRing& ring, const ledger::LogReader& log, ledger::SequenceNumber from,
                                 ledger::TreeSize to) {
    Batch* batch = ring.to_fill();
    if (batch == nullptr) return {};
    ledger::Result<void> decoded;
    const auto take = [&](ledger::SequenceNumber, ledger::ByteView bytes) {
        decoded = ledger::decode_event(bytes, batch->events[batch->count]);
        if (!decoded) return false;
        if (++batch->count < batch_events) return true;
        ring.filled();
        batch = ring.to_fill();
        return batch != nullptr;
    };
    const auto visited = log.visit_events(from, to, take);
    if (batch != nullptr && batch->count > 0) ring.filled();
    return visited ? decoded : visited;
}

}  // namespace

ledger::Result<void> fold_log(const ledger::LogReader& log, ledger::SequenceNumber from, ledger::TreeSize to,
                              const EventFold& fold) {
    BatchRing ring;
    ledger::Result<void> decoded;
    std::jthread decoder([&] {
        decoded = decode_into(ring, log, from, to);
        ring.end();
    });
    while (const Batch* batch = ring.to_empty()) {
        if (!fold(std::span(batch->events).first(batch->count))) {
            ring.leave();
            break;
        }
        ring.emptied();
    }
    decoder.join();
    return decoded;
}

}  // namespace snapshot
