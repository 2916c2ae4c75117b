#pragma once
// api/sequenced.hpp: takes work to the sequencing thread and brings the answer back to the connection's.

#include "api/server/io_thread.hpp"
#include "api/services.hpp"

namespace api {

/// What the work gave, and the receipt of the event that it rests on: durable and signed (L2).
template <class T>
struct Sequenced {
    T value;
    ledger::Receipt receipt;
};

/// The task of one request.
template <class Work, class T>
class SequencedTask final : public ledger::Task {
 public:
    /// What the coroutine and the task share: the coroutine may be gone when the process is torn down. It holds the
    /// work too, so that the connection's thread frees what it allocated, and not the threads that all requests go
    /// through.
    struct Exchange {
        Work work;
        std::optional<T> value;
        std::optional<ledger::Result<ledger::Receipt>> receipt;
    };

    SequencedTask(commands::LedgerDecider& decider, IoThread& io, std::shared_ptr<Exchange> exchange,
                  std::unique_ptr<Completion> completion)
        : decider_(decider), io_(io), exchange_(std::move(exchange)), completion_(std::move(completion)) {}

    ledger::Result<ledger::Decision> decide(const ledger::Moment& moment) override {
        ledger::Decision decision;
        ACTLEDGER_TRY(auto value, exchange_->work(decider_.context(moment), decision));
        exchange_->value.emplace(std::move(value));
        return decision;
    }
    void done(ledger::Result<ledger::Receipt> receipt) noexcept override {
        exchange_->receipt.emplace(std::move(receipt));
        exchange_.reset();  // before the coroutine can go on, so that it is the last holder
        io_.completions().push(std::move(completion_));
    }

 private:
    commands::LedgerDecider& decider_;
    IoThread& io_;
    std::shared_ptr<Exchange> exchange_;
    std::unique_ptr<Completion> completion_;
};

/// @param work  called on the sequencing thread: Result<T>(const commands::Context&, ledger::Decision&). It fills the
///              decision in (it rests on event 0 otherwise), must not block, and owns what it needs.
/// Cancelled while waiting, the event may still commit; asking again is safe (invariant L5).
/// What is handed to a coroutine in a `co_await` must be trivial or have a name: g++ 12 destroys a temporary aggregate
/// or closure there twice.
template <class T, class Work>
Awaitable<ledger::Result<Sequenced<T>>> sequenced(LedgerServices& services, IoThread& io, Work work) {
    using ThisTask = SequencedTask<Work, T>;
    using Exchange = typename ThisTask::Exchange;
    auto exchange = std::make_shared<Exchange>(Exchange{std::move(work), std::nullopt, std::nullopt});
    co_await suspend(io, [&](std::unique_ptr<Completion> completion) {
        services.sequencer.submit(std::make_unique<ThisTask>(services.decider, io, exchange, std::move(completion)));
    });
    if (!*exchange->receipt) co_return with_cause(services.health, exchange->receipt->error());
    co_return Sequenced<T>{*std::move(exchange->value), **std::move(exchange->receipt)};
}

/// A question: nothing is written, and the answer rests on all that was decided before it.
template <class T, class Question>
Awaitable<ledger::Result<T>> asked(LedgerServices& services, IoThread& io, Question question) {
    auto work = [question = std::move(question)](const commands::Context& context,
                                                 ledger::Decision& decision) -> ledger::Result<T> {
        decision = context.nothing_to_do();
        return question(context);
    };
    auto answer = co_await sequenced<T>(services, io, std::move(work));
    if (!answer) co_return answer.error();
    co_return std::move(answer->value);
}

}  // namespace api
