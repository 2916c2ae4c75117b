#pragma once
// projections/read/projector.hpp: keeps the read models up to date behind the commits, on a thread of its own: the
// sequencer and the log never wait for it.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "projections/read/read_models.hpp"

namespace projections {

struct ProjectorStatus {
    ledger::TreeSize applied;  ///< applied_through is this - 1.
    ledger::TreeSize durable;  ///< Of the log, as far as it was told.
    /// Why it does not follow, or why it is behind: read_models_damaged until damaged ones are made again.
    std::optional<ledger::Error> failing;
};

/// What is told of models that were not kept; on the projector's thread, must not block.
struct ProjectorReports {
    /// What was there is thrown away, and made again from event 0.
    std::function<void(const ledger::Error& why)> begun_anew = {};
    /// They have all events again.
    std::function<void(const ledger::Error& why, ledger::TreeSize size, std::chrono::milliseconds took)> made_again =
        {};
    /// They do not follow; tried again by itself. Told once, until there is another reason.
    std::function<void(const ledger::Error& why)> failing = {};
};

/// Starting and stopping: one thread. The others from any thread.
class Projector {
 public:
    /// Follows at once; what is not there or damaged is built from event 0. @param log  outlives this.
    Projector(std::filesystem::path folder, const ledger::LogReader& log, ledger::TreeSize durable,
              ProjectorReports reports = {});
    ~Projector();  ///< stop()
    Projector(const Projector&) = delete;
    Projector& operator=(const Projector&) = delete;

    /// The log has grown to this size. Never blocks for long.
    void released(ledger::TreeSize size);
    /// Blocks until events below `size` are in, so that people see what they just did. @return false: not within `most`
    [[nodiscard]] bool wait_for(ledger::TreeSize size, std::chrono::milliseconds most);
    [[nodiscard]] ProjectorStatus status() const;
    void stop();  ///< Safe to repeat.

 private:
    void run();
    [[nodiscard]] ledger::Result<void> follow();
    [[nodiscard]] ledger::Result<void> catch_up(ReadModels& models, ledger::TreeSize to);
    [[nodiscard]] bool has_all(const ReadModels& models) const;
    [[nodiscard]] bool stopping() const;

    const std::filesystem::path folder_;
    const ledger::LogReader& log_;
    const ProjectorReports reports_;
    mutable std::mutex mutex_;
    std::condition_variable grown_;
    std::condition_variable applied_;
    ProjectorStatus status_;
    unsigned waiting_ = 0;  ///< In wait_for: they are not kept waiting.
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace projections
