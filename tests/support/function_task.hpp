#pragma once
// tests/support/function_task.hpp: a task for a sequencer that decides with a function, and that a test waits for.

#include <functional>
#include <future>

#include "ledger/store_write/sequencer.hpp"

namespace support {

using Outcome = std::future<ledger::Result<ledger::Receipt>>;

/// Decides with a function, and tells the test its outcome.
class FunctionTask final : public ledger::Task {
 public:
    using Function = std::function<ledger::Result<ledger::Decision>(const ledger::Moment&)>;
    explicit FunctionTask(Function function) : function_(std::move(function)) {}
    [[nodiscard]] ledger::Result<ledger::Decision> decide(const ledger::Moment& moment) override {
        return function_(moment);
    }
    void done(ledger::Result<ledger::Receipt> outcome) noexcept override { promise_.set_value(std::move(outcome)); }
    [[nodiscard]] Outcome outcome() { return promise_.get_future(); }

 private:
    Function function_;
    std::promise<ledger::Result<ledger::Receipt>> promise_;
};

}  // namespace support
