// tests/ledger/store_write/store_writer.cpp: writes events through the real write path until it is done, killed, or
// told that the disk failed. Says "ack N" for each acknowledged event N, only then. Run by test_crash.cpp.

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <sstream>

#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/private_key.hpp"
#include "ledger/store_write/sequencer.hpp"
#include "tests/ledger/store_write/sample_log.hpp"
#include "tests/support/manual_clock.hpp"

namespace {

using namespace ledger;

constexpr int exit_fatal = 3;

void say(const std::string& line) {
    if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::_Exit(4);
}

class SeatTask final : public Task {
 public:
    SeatTask(std::uint64_t seat, std::promise<void>& answered) : seat_(seat), answered_(answered) {}
    [[nodiscard]] Result<Decision> decide(const Moment&) override { return Decision{{seat_draft(seat_)}, {}}; }
    void done(Result<Receipt> outcome) noexcept override {
        if (outcome) say("ack " + std::to_string(outcome->index.value) + "\n");
        answered_.set_value();
    }

 private:
    std::uint64_t seat_;
    std::promise<void>& answered_;
};

class NoDecider final : public Decider {
 public:
    void apply(const Event&) override {}
    [[nodiscard]] std::vector<EventDraft> due(const Moment&, std::size_t) override { return {}; }
};

}  // namespace

/// store_writer LEDGER KEY GROUPS: group n has n % 4 + 1 events.
int main(int count, char** arguments) {
    if (count != 4) return 2;
    std::stringstream pem;
    pem << std::ifstream(arguments[2]).rdbuf();
    PrivateKey key = PrivateKey::from_pem(pem.str(), "passphrase").value();
    const auto opened = open_log_engine(arguments[1], sample_engine_options());
    if (!opened) return std::cerr << opened.error().describe() << '\n', 1;
    LogEngine& engine = **opened;
    const TreeSize size = engine.size().value();
    TimeStanding standing;
    standing.not_before = decode_event(engine.event({size.value - 1}).value()).value().time;

    support::ManualClock clock(sample_start);
    NoDecider decider;
    SequencerOptions options;
    options.on_fatal = [](const Error&) {
        say("fatal\n");
        std::_Exit(exit_fatal);
    };
    auto started = Sequencer::start({engine, key, clock, decider, standing, sample_origin(key), {}}, options);
    if (!started) return std::cerr << started.error().describe() << '\n', 1;
    for (std::uint64_t group = 0; group < std::strtoull(arguments[3], nullptr, 10); ++group) {
        std::vector<std::promise<void>> answered(group % 4 + 1);
        for (auto& promise : answered) (*started)->submit(std::make_unique<SeatTask>(group, promise));
        for (auto& promise : answered) promise.get_future().wait();
    }
    (*started)->stop();
    return 0;
}
