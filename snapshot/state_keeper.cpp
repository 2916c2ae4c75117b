#include "snapshot/state_keeper.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace snapshot {

using ledger::Error;
using ledger::Result;

namespace {
constexpr int background_nice = 10;  // what serves requests goes first
constexpr std::chrono::seconds look_again{1};
}  // namespace

StateKeeper::StateKeeper(StateFolder folder, const ledger::LogReader& log, const ledger::Clock& clock, KeeperPlan plan,
                         StateFound found, ledger::TreeSize size)
    : folder_(std::move(folder)),
      log_(log),
      clock_(clock),
      plan_(std::move(plan)),
      looked_at_us_(clock.monotonic_us()) {
    wanted_ = !found.rejected.empty();
    status_.found = std::move(found);
    status_.since = {clock.wall_us()};
    size_ = size;
    thread_ = std::thread([this] { run(); });
}

StateKeeper::~StateKeeper() { stop(); }

void StateKeeper::released(ledger::TreeSize size) {
    const std::lock_guard lock(mutex_);
    size_ = std::max(size_, size);
    // Nobody is woken: the thread looks once a second, which is soon enough, and costs the committer nothing.
}

bool StateKeeper::is_due() const {
    const std::uint64_t newest = status_.found.used ? status_.found.used->head.size.value : 0;
    if (size_.value <= newest) return false;
    const ledger::Duration waited{clock_.monotonic_us() - looked_at_us_};
    if (status_.failing) return waited >= plan_.retry;
    if (waited < taken_ * plan_.pause_factor) return false;
    if (wanted_) return true;
    if (plan_.every_events != 0 && size_.value - newest >= plan_.every_events) return true;
    return plan_.every.us != 0 && waited >= plan_.every;
}

void StateKeeper::run() {
    ::pthread_setname_np(::pthread_self(), "snapshots");
    // Of this thread and those that it starts. Where it is refused, snapshots are made all the same.
    static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), background_nice));
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        changed_.wait_for(lock, look_again, [&] { return stopping_; });
        if (stopping_ || !is_due()) continue;
        lock.unlock();
        make_one();
        lock.lock();
    }
}

void StateKeeper::make_one() {
    const std::int64_t begun = clock_.monotonic_us();
    const auto made = make_snapshot(folder_, log_, [this](std::uint64_t) {
        const std::lock_guard lock(mutex_);
        return !stopping_;
    });
    if (!made) return note(made.error());
    if (!*made) return;
    note((*made)->facts);
    const std::lock_guard lock(mutex_);
    taken_ = {clock_.monotonic_us() - begun};
}

void StateKeeper::note(const StateFacts& facts) {
    const std::lock_guard lock(mutex_);
    status_.found = {facts, {}};
    status_.made_at = {clock_.wall_us()};
    status_.failing.reset();
    wanted_ = false;
    looked_at_us_ = clock_.monotonic_us();
}

void StateKeeper::note(const Error& error) {
    {
        const std::lock_guard lock(mutex_);
        if (!status_.failing) status_.since = {clock_.wall_us()};
        status_.failing = error;
        looked_at_us_ = clock_.monotonic_us();
    }
    if (plan_.on_failure) plan_.on_failure(error);
}

void StateKeeper::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<void> StateKeeper::keep_last(const projections::LedgerState& state) {
    ACTLEDGER_ASSERT(!thread_.joinable());
    // What was decided and never became durable is in the state, and not in the log: the next start reads the log.
    ACTLEDGER_TRY(const ledger::TreeSize size, log_.size());
    if (state.size() != size) return {};
    const KeeperStatus now = status();
    if (now.found.used && now.found.used->head.size == size && now.found.rejected.empty()) return {};
    ACTLEDGER_TRY(const LogIdentity identity, identify_log(log_));
    ACTLEDGER_TRY(const auto frontier, ledger::Frontier::load(*identity.suite, size, log_));
    const auto facts = folder_.write(state, frontier.head(), now.found.bad_paths());
    if (!facts) {
        note(facts.error());
        return facts.error();
    }
    note(*facts);
    return {};
}

KeeperStatus StateKeeper::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

}  // namespace snapshot
