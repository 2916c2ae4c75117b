#include "projections/read/projector.hpp"

#include <pthread.h>

#include "ledger/core/event_codec.hpp"

namespace projections {

using ledger::Error;
using ledger::Result;

namespace {
constexpr std::size_t batch_events = 512;        // decoded at once
constexpr std::uint64_t commit_events = 32'768;  // in one transaction, at most
constexpr std::chrono::seconds retry_pause{30};
}  // namespace

Projector::Projector(std::filesystem::path folder, const ledger::LogReader& log, ledger::TreeSize durable)
    : folder_(std::move(folder)), log_(log) {
    status_.durable = durable;
    thread_ = std::thread([this] { run(); });
}

Projector::~Projector() { stop(); }

void Projector::run() {
    ::pthread_setname_np(::pthread_self(), "read-models");
    while (!stopping()) {
        const auto followed = follow();
        if (followed) return;
        std::unique_lock lock(mutex_);
        status_.failing = followed.error();
        grown_.wait_for(lock, retry_pause, [&] { return stopping_; });
    }
}

/// Until it is stopped, with success.
Result<void> Projector::follow() {
    ACTLEDGER_TRY(const auto models, ReadModels::open(folder_, log_, ReadModels::Access::write));
    for (;;) {
        ledger::TreeSize to;
        {
            std::unique_lock lock(mutex_);
            status_.applied = models->size();
            status_.failing.reset();
            applied_.notify_all();
            grown_.wait(lock, [&] { return stopping_ || status_.durable > models->size(); });
            if (stopping_) return {};
            to = std::min(status_.durable, ledger::TreeSize{models->size().value + commit_events});
        }
        ACTLEDGER_CHECK(catch_up(*models, to));
    }
}

Result<void> Projector::catch_up(ReadModels& models, ledger::TreeSize to) {
    std::vector<ledger::Event> events(batch_events);
    std::size_t count = 0;
    Result<void> applied;
    const auto take = [&](ledger::SequenceNumber, ledger::ByteView bytes) {
        applied = ledger::decode_event(bytes, events[count]);
        if (applied && ++count == batch_events) {
            applied = models.apply(events);
            count = 0;
        }
        return applied.has_value();
    };
    ACTLEDGER_CHECK(log_.visit_events(ledger::next_of(models.size()), to, take));
    if (applied) applied = models.apply(std::span(events).first(count));
    if (!applied) {
        models.give_up();
        return applied.error();
    }
    return models.commit(log_);
}

void Projector::released(ledger::TreeSize size) {
    {
        const std::lock_guard lock(mutex_);
        status_.durable = std::max(status_.durable, size);
    }
    grown_.notify_one();
}

bool Projector::wait_for(ledger::TreeSize size, std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    return applied_.wait_for(lock, most, [&] { return status_.applied >= size; });
}

ProjectorStatus Projector::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

bool Projector::stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void Projector::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    grown_.notify_all();
    if (thread_.joinable()) thread_.join();
}

}  // namespace projections
