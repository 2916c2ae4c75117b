#pragma once
// tests/ledger/store_write/sequencer_fixture.hpp: a sequencer on a real log, a decider that keeps what it folds, and
// tasks that tests wait for.

#include <chrono>

#include "ledger/core/event_codec.hpp"
#include "ledger/store_write/sequencer.hpp"
#include "tests/ledger/store_write/gated_engine.hpp"
#include "tests/ledger/store_write/sample_log.hpp"
#include "tests/support/function_task.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/result_text.hpp"

namespace ledger {

using support::FunctionTask;
using support::Outcome;

/// Keeps all that it folds. Read by the test when the sequencer has stopped.
class KeepingDecider final : public Decider {
 public:
    void apply(const Event& event) override { events.push_back(event); }
    [[nodiscard]] std::vector<EventDraft> due(const Moment& moment, std::size_t most) override {
        if (moment.in_doubt) return {};
        std::vector<EventDraft> drafts;
        for (; due_count > 0 && drafts.size() < most; --due_count) drafts.push_back(seat_draft(1'000'000 + due_count));
        return drafts;
    }
    std::vector<Event> events;
    std::atomic<std::size_t> due_count = 0;
};

/// One ledger, which can be started again. The folder goes with it.
class SequencerFixture {
 public:
    SequencerFixture() : clock(sample_start) {
        make_log(folder.path(), signer);
        options.signer_retry_pause = {second.us / 50};
        open();
    }
    ~SequencerFixture() {
        signer.release();
        if (engine) engine->release();
    }
    void open() {
        engine = std::make_unique<GatedEngine>(open_log_engine(folder.path(), sample_engine_options()).value());
    }
    /// Folds the log, as a server does, and starts.
    [[nodiscard]] Result<void> try_start() {
        decider.events.clear();
        TimeStanding standing;
        ACTLEDGER_TRY(const TreeSize size, engine->size());
        ACTLEDGER_CHECK(engine->visit_events({0}, size, [&](SequenceNumber, ByteView stored) {
            decider.events.push_back(decode_event(stored).value());
            standing.apply(decider.events.back());
            return true;
        }));
        auto started =
            Sequencer::start({*engine, signer, clock, decider, standing, sample_origin(signer), {}}, options);
        if (!started) return started.error();
        sequencer = *std::move(started);
        return {};
    }
    void start() { try_start().value(); }
    void restart() {
        sequencer.reset();
        engine.reset();
        open();
        start();
    }

    Outcome submit(FunctionTask::Function function) {
        auto task = std::make_unique<FunctionTask>(std::move(function));
        Outcome outcome = task->outcome();
        sequencer->submit(std::move(task));
        return outcome;
    }
    Outcome write(EventDraft draft) {
        return submit([draft = std::move(draft)](const Moment&) { return Decision{{draft}, {}}; });
    }
    Outcome write(std::uint64_t seat) { return write(seat_draft(seat)); }
    Outcome rest_on(SequenceNumber index) {
        return submit([index](const Moment&) { return Decision{{}, index}; });
    }
    /// A task that keeps the sequencing thread busy until it is let go: what is submitted meanwhile is one group.
    [[nodiscard]] std::promise<void> occupy() {
        std::promise<void> let_go;
        std::promise<void> running;
        auto is_running = running.get_future();
        submit([gate = let_go.get_future().share(),
                running = std::make_shared<std::promise<void>>(std::move(running))](const Moment&) -> Result<Decision> {
            running->set_value();
            gate.wait();
            return Error{errc::not_found, "only kept the thread busy"};
        });
        is_running.wait();
        return let_go;
    }
    [[nodiscard]] std::string fault() const { return find_fault(*engine, signer.public_key()); }

    support::TemporaryFolder folder;
    support::SoftwareSigner signer;
    support::ManualClock clock;
    KeepingDecider decider;
    std::unique_ptr<GatedEngine> engine;
    SequencerOptions options;
    std::unique_ptr<Sequencer> sequencer;  ///< Last: stops first.
};

[[nodiscard]] inline bool is_pending(Outcome& outcome, std::chrono::milliseconds wait = std::chrono::milliseconds(20)) {
    return outcome.wait_for(wait) == std::future_status::timeout;
}
/// Waits at most ten seconds for something that another thread brings about.
template <class Condition>
[[nodiscard]] bool comes_true(Condition condition) {
    for (int i = 0; i < 5'000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
}

}  // namespace ledger
