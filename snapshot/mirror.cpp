#include "snapshot/mirror.hpp"

#include <pthread.h>

#include "ledger/store_read/export_folder.hpp"
#include "snapshot/errc.hpp"

namespace snapshot {
namespace {

using ledger::Error;
using ledger::Result;
using ledger::TreeSize;

/// What was released before a stop may take so long to be written.
constexpr std::int64_t stop_patience_us = 5'000'000;

std::int64_t us_of(std::chrono::milliseconds time) { return time.count() * 1'000; }

}  // namespace

Mirror::Mirror(const ledger::LogReader& log, const ledger::Clock& clock, MirrorOptions options, OnChange on_change)
    : log_(log),
      clock_(clock),
      options_(std::move(options)),
      on_change_(std::move(on_change)),
      made_once_(options_.made_before) {
    thread_ = std::thread([this] { run(); });
}

Mirror::~Mirror() { stop(); }

void Mirror::released(TreeSize size) {
    {
        const std::lock_guard lock(mutex_);
        if (size <= released_) return;
        released_ = size;
        if (waiting_since_us_ == 0) waiting_since_us_ = clock_.monotonic_us();
    }
    changed_.notify_one();
}

void Mirror::stop() {
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_) stop_by_us_ = clock_.monotonic_us() + stop_patience_us;
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

MirrorStatus Mirror::status() const {
    const std::lock_guard lock(mutex_);
    return status_locked();
}

MirrorStatus Mirror::status_locked() const {
    MirrorStatus status;
    status.folder = options_.folder;
    status.size = written_;
    status.behind = released_.value - std::min(released_, written_).value;
    status.written_at = written_at_;
    status.problem = problem_;
    status.since = problem_since_;
    if (waiting_since_us_ == 0) return status;
    status.lag = {std::max<std::int64_t>(clock_.monotonic_us() - waiting_since_us_, 1)};
    if (!status.problem && status.lag.us >= us_of(options_.stands_still)) {
        status.problem = Error{errc::mirror_stands_still, {}, {{"folder", options_.folder.string()}}};
        status.since = ledger::Timestamp{clock_.wall_us()} - status.lag;
    }
    return status;
}

bool Mirror::stopping_now() const {
    const std::lock_guard lock(mutex_);
    return stopping_ && clock_.monotonic_us() >= stop_by_us_;
}

void Mirror::run() {
    ::pthread_setname_np(::pthread_self(), "mirror");
    // At the start it is not known what the folder holds: one run finds out.
    for (;;) {
        const std::int64_t began_us = clock_.monotonic_us();
        const auto done = bring_up();
        const bool failed = !done;
        note(done, began_us);
        std::unique_lock lock(mutex_);
        const auto ends = [&] { return stopping_ && (failed || released_ <= written_); };
        if (ends()) return;
        const auto pause = failed ? options_.retry : options_.pause;
        // A stop cuts the pause short, a release does not: those that follow soon are written along with it.
        changed_.wait_for(lock, pause, [&] { return stopping_; });
        if (ends()) return;
        if (!failed) {
            changed_.wait_until(lock, looked_at_ + options_.look_again,
                                [&] { return stopping_ || released_ > written_; });
        }
        if (ends()) return;
    }
}

/// A writer knows what it wrote, and not what became of it: the next one looks again.
void Mirror::let_go_of_what_changed() {
    if (writer_ == nullptr) return;
    const bool is_there = writer_->is_in_place() && ledger::ExportFolder::is_one(options_.folder);
    const bool looked = std::chrono::steady_clock::now() < looked_at_ + options_.look_again;
    if (!is_there || !looked) writer_.reset();
}

Result<TreeSize> Mirror::bring_up() {
    let_go_of_what_changed();
    if (writer_ == nullptr) {
        ExportOptions options;
        options.annex = options_.annex;
        options.folder = made_once_ ? ExportOptions::Folder::must_be_export : ExportOptions::Folder::may_be_made;
        options.stop = [this] { return stopping_now(); };
        looked_at_ = std::chrono::steady_clock::now();
        ACTLEDGER_TRY(writer_, ExportWriter::open(options_.folder, log_, std::move(options)));
    }
    auto done = writer_->run();
    if (!done) {
        writer_.reset();  // looks at everything again the next time
        return done.error();
    }
    if (done->mended && options_.on_mended) options_.on_mended();
    if (!std::exchange(made_once_, true) && options_.on_made) options_.on_made();
    return done->after;
}

void Mirror::note(const Result<TreeSize>& done, std::int64_t began_us) {
    MirrorStatus now;
    bool changed = false;
    {
        const std::lock_guard lock(mutex_);
        const auto before = problem_ ? problem_->code : std::error_code();
        if (done) {
            written_ = *done;
            written_at_ = {clock_.wall_us()};
            problem_.reset();
            problem_since_.reset();
            // What was released while this was written came after it began.
            waiting_since_us_ = released_ > written_ ? began_us : 0;
        } else {
            if (before != done.error().code) problem_since_ = ledger::Timestamp{clock_.wall_us()};
            problem_ = done.error();
        }
        changed = before != (problem_ ? problem_->code : std::error_code());
        now = status_locked();
    }
    if (changed && on_change_) on_change_(now);
}

}  // namespace snapshot
