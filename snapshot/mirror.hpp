#pragma once
// snapshot/mirror.hpp: an export that is kept up to date behind the commits, in a folder on another disk. A mirror that
// fails or is gone never holds up the ledger: it is told, tried again, and catches up. Manual:
// docs/manual/en/mirrors.md.

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "ledger/core/signer.hpp"
#include "snapshot/export_writer.hpp"

namespace snapshot {

struct MirrorOptions {
    std::filesystem::path folder;
    ledger::ExportManifest::Annex annex = ledger::ExportManifest::Annex::kept;
    /// Between two runs: what is released meanwhile is written together.
    std::chrono::milliseconds pause{500};
    /// Between two attempts after a failure.
    std::chrono::milliseconds retry{5'000};
    /// So often it is looked which files are there, whether something is written or not: those that were removed, or
    /// that a failing disk lost, are made again. A look lists the folders, some 160,000 names for ten million events.
    std::chrono::milliseconds look_again{600'000};
    /// It was written by an earlier process: a folder that is gone is not made anew.
    bool made_before = false;
    /// On the mirror's thread, once, when it was written for the first time.
    std::function<void()> on_made;
    /// On the mirror's thread, when files that were missing were made again.
    std::function<void()> on_mended;
    /// So long without progress, while there is something to write, is an alarm.
    std::chrono::milliseconds stands_still{60'000};
};

/// How a mirror is. A copy.
struct MirrorStatus {
    std::filesystem::path folder;
    ledger::TreeSize size;                   ///< Of the head that is published in it; 0: not known yet.
    std::uint64_t behind = 0;                ///< Events that are durable and not in it.
    ledger::Duration lag;                    ///< How long the oldest of them has been waiting; 0: none is.
    ledger::Timestamp written_at;            ///< Wall clock; 0: not by this process.
    std::optional<ledger::Error> problem;    ///< Why the last attempt failed, or errc::mirror_stands_still.
    std::optional<ledger::Timestamp> since;  ///< Of the problem; wall clock.
};

/// Has a thread of its own. released() and status() are safe from any thread; what it is made of outlives it.
class Mirror {
 public:
    /// @param on_change  on the mirror's thread, when a problem begins, becomes another one, or ends (nothing).
    using OnChange = std::function<void(const MirrorStatus&)>;
    Mirror(const ledger::LogReader& log, const ledger::Clock& clock, MirrorOptions options, OnChange on_change);
    ~Mirror();  ///< stop()
    Mirror(const Mirror&) = delete;
    Mirror& operator=(const Mirror&) = delete;

    /// A head was released. Does not block.
    void released(ledger::TreeSize size);
    [[nodiscard]] MirrorStatus status() const;
    /// Ends the thread. What is released so far is written first, if that works within a few seconds.
    void stop();

 private:
    void run();
    [[nodiscard]] ledger::Result<ledger::TreeSize> bring_up();
    void let_go_of_what_changed();
    void note(const ledger::Result<ledger::TreeSize>& done, std::int64_t began_us);
    [[nodiscard]] bool stopping_now() const;
    [[nodiscard]] MirrorStatus status_locked() const;

    const ledger::LogReader& log_;
    const ledger::Clock& clock_;
    const MirrorOptions options_;
    const OnChange on_change_;
    // The mirror's thread only.
    std::unique_ptr<ExportWriter> writer_;
    std::chrono::steady_clock::time_point looked_at_;  ///< When the folder was last gone through.
    bool made_once_;                                   ///< From then on a folder that is gone is not made anew.

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    ledger::TreeSize released_;
    ledger::TreeSize written_;
    std::int64_t waiting_since_us_ =
        0;  ///< Monotonic: when something was first released that is not written; 0: nothing.
    ledger::Timestamp written_at_;
    std::optional<ledger::Error> problem_;
    std::optional<ledger::Timestamp> problem_since_;
    bool stopping_ = false;
    std::int64_t stop_by_us_ = 0;
    std::thread thread_;
};

}  // namespace snapshot
