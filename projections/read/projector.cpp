#include "projections/read/projector.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "ledger/core/event_codec.hpp"
#include "projections/read/errc.hpp"

namespace projections {

using ledger::Error;
using ledger::Result;

namespace {
constexpr std::size_t batch_events = 512;        // decoded at once
constexpr std::uint64_t commit_events = 32'768;  // in one transaction, at most
constexpr std::chrono::seconds retry_pause{30};
/// So long events gather before they are applied together: their indexes are written once for all of them. A thousand
/// small transactions a second would take a third of the server's time.
constexpr std::chrono::milliseconds gather_pause{500};
/// Pauses are at least so many times as long as the work before them, unless somebody waits for it: a fortieth of one
/// core is 10,000 events a second.
constexpr int pause_factor = 39;
constexpr int background_nice = 19;  // what serves requests goes first: the models may lag while all cores are busy
}  // namespace

Projector::Projector(std::filesystem::path folder, const ledger::LogReader& log, ledger::TreeSize durable,
                     ProjectorReports reports)
    : folder_(std::move(folder)), log_(log), reports_(std::move(reports)) {
    status_.durable = durable;
    thread_ = std::thread([this] { run(); });
}

Projector::~Projector() { stop(); }

void Projector::run() {
    ::pthread_setname_np(::pthread_self(), "read-models");
    // Of this thread alone. Where it is refused, the models follow all the same.
    static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), background_nice));
    bool again = false;
    std::error_code told;
    while (!stopping()) {
        const auto followed = follow();
        if (followed) return;
        // What is damaged is made again at once; but a disk that goes on damaging it has time.
        again = !again && followed.error().code == read_errc::read_models_damaged;
        if (!again && std::exchange(told, followed.error().code) != followed.error().code && reports_.failing) {
            reports_.failing(followed.error());
        }
        std::unique_lock lock(mutex_);
        status_.failing = followed.error();
        if (again) continue;
        grown_.wait_for(lock, retry_pause, [&] { return stopping_; });
    }
}

/// Until it is stopped, with success.
Result<void> Projector::follow() {
    using namespace std::chrono;
    ACTLEDGER_TRY(const auto models, ReadModels::open(folder_, log_, ReadModels::Access::write));
    milliseconds pause{0};
    std::optional<Error> removed = models->environment().removed();
    std::optional<Error> anew = models->begun_anew();
    const auto opened = steady_clock::now();
    if (anew && reports_.begun_anew) reports_.begun_anew(*anew);
    for (;;) {
        ledger::TreeSize to;
        if (anew && has_all(*models)) {
            const auto took = duration_cast<milliseconds>(steady_clock::now() - opened);
            if (reports_.made_again) reports_.made_again(*anew, models->size(), took);
            anew.reset();
        }
        {
            std::unique_lock lock(mutex_);
            status_.applied = models->size();
            if (status_.durable == models->size()) removed.reset();
            status_.failing = removed;
            applied_.notify_all();
            grown_.wait_for(lock, pause,
                            [&] { return stopping_ || (waiting_ > 0 && status_.durable > models->size()); });
            if (stopping_) return {};
            if (status_.durable == models->size()) {
                pause = gather_pause;
                continue;
            }
            to = std::min(status_.durable, ledger::TreeSize{models->size().value + commit_events});
        }
        const auto begun = steady_clock::now();
        ACTLEDGER_CHECK(catch_up(*models, to));
        const auto took = duration_cast<milliseconds>(steady_clock::now() - begun);
        pause = std::max(gather_pause, took * pause_factor);
    }
}

bool Projector::has_all(const ReadModels& models) const {
    const std::lock_guard lock(mutex_);
    return status_.durable == models.size();
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
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        status_.durable = std::max(status_.durable, size);
        wake = waiting_ > 0;  // else the thread looks by itself soon, and the committer saves the call
    }
    if (wake) grown_.notify_one();
}

bool Projector::wait_for(ledger::TreeSize size, std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    grown_.notify_one();
    const bool applied = applied_.wait_for(lock, most, [&] { return status_.applied >= size; });
    --waiting_;
    return applied;
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
