#include "ledger/store_write/sequencing.hpp"

#include <pthread.h>

#include <chrono>

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds due_every{1};
/// Groups that may be under way when the next one is decided: the one that is synced, and that one.
constexpr std::uint64_t groups_under_way = 2;

}  // namespace

Sequencer::Impl::Impl(SequencerParts parts, SequencerOptions options, LogTail tail)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      queue_(options_.queue_max),
      retry_(parts_.signer, options_.signer_retry_pause, [this] { queue_.interrupt(); }),
      committer_(parts_.engine, tail.frontier.size(),
                 {options_.on_released, [this](const Error& error) { queue_.close(error); }}),
      builder_(*tail.suite, parts_.origin, std::move(tail.frontier)),
      time_(parts_.time, read_clock(), options_.time_bounds),
      next_due_(steady_clock::now()) {
    if (time_.in_doubt()) shown_.in_doubt_since = time_.now();
    thread_ = std::thread([this] { run(); });
}

void Sequencer::Impl::submit(std::unique_ptr<Task> task) {
    if (const auto refused = queue_.push(task)) task->done(*refused);
}

void Sequencer::Impl::stop() {
    if (!thread_.joinable()) return;
    queue_.close(Error{errc::shutting_down});
    thread_.join();
}

SequencerStats Sequencer::Impl::stats() const {
    const Committer::Counts committed = committer_.counts();
    const TaskQueue::Counts queue = queue_.counts();
    const std::lock_guard lock(stats_mutex_);
    SequencerStats stats = shown_;
    stats.queued = queue.queued;
    stats.accepted = queue.accepted;
    stats.refused = queue.refused;
    stats.groups = committed.groups;
    stats.events = committed.events;
    stats.durable = committed.durable;
    stats.group_events_last = committed.group_events_last;
    stats.sync = committed.sync;
    return stats;
}

void Sequencer::Impl::run() {
    ::pthread_setname_np(::pthread_self(), "sequencer");
    while (step()) {
    }
    retry_.cancel();
    committer_.finish();
    if (const auto failure = committer_.failure()) refuse_all(*failure);
}

bool Sequencer::Impl::step() {
    committer_.wait_for_slot();
    if (committer_.failure()) return false;
    if (waiting_.empty()) queue_.take(waiting_, options_.group_max, next_due_);
    if (auto group = retry_.take()) {
        take_signed_group(std::move(group));
        return true;
    }
    observe_time();
    check_hindrance();
    build_group();
    publish();
    return !waiting_.empty() || !queue_.drained();
}

void Sequencer::Impl::take_signed_group(std::shared_ptr<const SealedGroup> group) {
    // Those who waited for it were told that the signer is down; it commits all the same.
    committer_.hand_over({std::move(group), {}});
    hindrance_.reset();
    publish();
}

void Sequencer::Impl::observe_time() {
    const ClockReading reading = read_clock();
    wall_ = reading.wall;
    if (auto doubt = time_.observe(reading)) doubt_to_write_ = doubt;
}

void Sequencer::Impl::check_hindrance() {
    if (retry_.waiting()) return;
    const auto room = parts_.engine.check_room(groups_under_way * (options_.group_max + Decision::drafts_max),
                                               groups_under_way * (options_.group_bytes_max + Decision::bytes_max));
    if (room) {
        hindrance_.reset();
    } else if (!hindrance_) {
        hinder(room.error());
    }
}

void Sequencer::Impl::build_group() {
    if (!hindrance_) {
        if (doubt_to_write_) {
            const Actor server{Actor::Kind::server, Actor::Authority::none, {}};
            std::vector<EventDraft> drafts(1, EventDraft{server, *std::exchange(doubt_to_write_, std::nullopt), {}});
            const auto written = sequence(std::move(drafts));
            ACTLEDGER_ASSERT(written.has_value());
        }
        ask_what_is_due();
    } else if (steady_clock::now() >= next_due_) {
        next_due_ = steady_clock::now() + due_every;  // looks again whether the hindrance has gone
    }
    while (!waiting_.empty() && builder_.event_count() < options_.group_max &&
           builder_.content_bytes() < options_.group_bytes_max) {
        auto task = std::move(waiting_.front());
        waiting_.pop_front();
        decide(std::move(task));
    }
    if (!builder_.empty()) seal_group();
}

void Sequencer::Impl::ask_what_is_due() {
    const auto now = steady_clock::now();
    if (now < next_due_) return;
    const std::size_t most = std::min(options_.group_max, Decision::drafts_max);
    std::vector<EventDraft> drafts = parts_.decider.due(moment(), most);
    ACTLEDGER_ASSERT(drafts.size() <= most);
    // A full list has more behind it.
    next_due_ = drafts.size() == most ? now : now + due_every;
    if (drafts.empty()) return;
    const auto written = sequence(std::move(drafts));
    ACTLEDGER_ASSERT(written.has_value());
}

void Sequencer::Impl::decide(std::unique_ptr<Task> task) {
    auto decision = task->decide(moment());
    if (!decision) return task->done(decision.error());
    if (decision->drafts.empty()) return rest(std::move(task), decision->rests_on);
    if (hindrance_) return task->done(hindrance_->error);
    const auto last = sequence(std::move(decision->drafts));
    if (!last) return task->done(last.error());
    answers_.push_back({std::move(task), *last});
}

Result<SequenceNumber> Sequencer::Impl::sequence(std::vector<EventDraft> drafts) {
    ACTLEDGER_ASSERT(!drafts.empty() && drafts.size() <= Decision::drafts_max);
    ACTLEDGER_TRY(const std::vector<Event> events, builder_.add(std::move(drafts), time_.now()));
    for (const Event& event : events) {
        time_.apply(event);
        parts_.decider.apply(event);
    }
    return events.back().sequence_number;
}

void Sequencer::Impl::rest(std::unique_ptr<Task> task, SequenceNumber index) {
    ACTLEDGER_ASSERT(index < builder_.next());
    if (index >= builder_.first()) {
        answers_.push_back({std::move(task), index});
    } else if (retry_.waiting() && index >= retry_.first()) {
        task->done(hindrance_->error);
    } else {
        committer_.answer(std::move(task), index);
    }
}

void Sequencer::Impl::seal_group() {
    UnsignedGroup group = builder_.close();
    std::vector<Answer> answers = std::exchange(answers_, {});
    const auto started = steady_clock::now();
    auto sealed = group.sign(parts_.signer);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started);
    if (sealed) {
        {
            const std::lock_guard lock(stats_mutex_);
            shown_.signing.add(static_cast<std::uint64_t>(took.count()));
        }
        return committer_.hand_over({*std::move(sealed), std::move(answers)});
    }
    hinder(Error{errc::signer_unavailable, sealed.error().describe()});
    for (Answer& answer : answers) answer.task->done(hindrance_->error);
    retry_.begin(std::move(group));
}

void Sequencer::Impl::refuse_all(const Error& error) {
    hinder(error);
    publish();
    do {
        for (auto& task : waiting_) task->done(error);
        waiting_.clear();
        queue_.take(waiting_, options_.group_max, steady_clock::now());
    } while (!waiting_.empty());
    if (options_.on_fatal) options_.on_fatal(error);
}

Moment Sequencer::Impl::moment() const {
    return {time_.now(), time_.judged(), time_.in_doubt(), builder_.next(), wall_};
}

ClockReading Sequencer::Impl::read_clock() const { return {{parts_.clock.wall_us()}, parts_.clock.monotonic_us()}; }

void Sequencer::Impl::hinder(Error error) { hindrance_ = WriteHindrance{std::move(error), {parts_.clock.wall_us()}}; }

void Sequencer::Impl::publish() {
    const std::lock_guard lock(stats_mutex_);
    shown_.hindrance = hindrance_;
    shown_.ledger_time = time_.now();
    shown_.wall_ahead = wall_ - time_.now();
    if (!time_.in_doubt()) {
        shown_.in_doubt_since.reset();
    } else if (!shown_.in_doubt_since) {
        shown_.in_doubt_since = time_.now();
    }
}

}  // namespace ledger
