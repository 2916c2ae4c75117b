#include "hsm/anchor_keeper.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "hsm/errc.hpp"
#include "hsm/reservation_book.hpp"

namespace hsm {
namespace {

using ledger::Anchor;
using ledger::AnchorLicense;
using ledger::Bytes;
using ledger::Error;
using ledger::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds first_retry_delay{100};

ledger::Timestamp wall_now() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()};
}

}  // namespace

class AnchorKeeper::Impl {
 public:
    Impl(const ledger::Suite& suite, ledger::Signer& signer, std::vector<ledger::AnchorStore*> stores, Anchor current,
         AnchorKeeperOptions options, bool settled);
    ~Impl();

    ReservationBook book_;

    void wake();
    void on_raised(std::function<void()> listener);
    void released(const ledger::TreeHead& head);
    Result<void> put(const KeptLicense& license);
    enum class AtFailure : bool { wait, give_up };
    Result<void> flush(milliseconds most, AtFailure at_failure);
    Result<void> stop(milliseconds most);
    AnchorKeeperStatus status() const;

 private:
    // All with mutex_ held, but where a lock is passed that they let go of.
    bool is_due();
    bool head_moved() const { return newest_head_.size != written_.head.size; }
    steady_clock::time_point next_look() const;
    bool write_due();
    Anchor next_anchor();
    void run();
    void write(std::unique_lock<std::mutex>& lock);
    void write_second(std::unique_lock<std::mutex>& lock, Bytes note);
    void failed(const Error& error);
    void wrote(const Anchor& anchor);

    const ledger::Suite& suite_;
    ledger::Signer& signer_;
    const std::vector<ledger::AnchorStore*> stores_;
    const AnchorKeeperOptions options_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Anchor written_;                       ///< As it lies in the first store.
    std::uint64_t last_counter_;           ///< Used up, even if the attempt failed: it may have left its note behind.
    std::vector<AnchorLicense> licenses_;  ///< As they are to be written, but for `reserved`; ascending by id.
    ledger::TreeHead newest_head_;
    AnchorKeeperStatus status_;
    std::function<void()> listener_;
    Bytes last_note_;
    std::uint64_t flushes_wanted_ = 0;  ///< flush() was called so often; each wants a write that begins after it.
    std::uint64_t flushes_done_ = 0;
    bool changed_since_ = false;  ///< Since it was written, in something else than its head.
    bool abandoned_ = false;      ///< Do not write any more.
    milliseconds retry_delay_{0};
    steady_clock::time_point not_before_;  ///< After a failure.
    steady_clock::time_point head_written_at_;
    steady_clock::time_point second_tried_at_;
    std::thread thread_;
};

AnchorKeeper::Impl::Impl(const ledger::Suite& suite, ledger::Signer& signer, std::vector<ledger::AnchorStore*> stores,
                         Anchor current, AnchorKeeperOptions options, bool settled)
    : suite_(suite),
      signer_(signer),
      stores_(std::move(stores)),
      options_(options),
      written_(std::move(current)),
      last_counter_(written_.counter),
      licenses_(written_.licenses),
      newest_head_(written_.head),
      changed_since_(!settled),
      head_written_at_(steady_clock::now()) {
    ACTLEDGER_ASSERT(!stores_.empty());
    for (const AnchorLicense& license : licenses_) {
        Reservation& entry = book_.add(license.license_id);
        entry.reserved = license.reserved;
        entry.live = license.state == AnchorLicense::State::live;
    }
    status_.counter = written_.counter;
    status_.anchored = written_.head.size;
    thread_ = std::thread([this] { run(); });
}

AnchorKeeper::Impl::~Impl() {
    {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void AnchorKeeper::Impl::wake() {
    { const std::lock_guard lock(mutex_); }  // the thread either waits, or has yet to look
    changed_.notify_all();
}

void AnchorKeeper::Impl::on_raised(std::function<void()> listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
}

void AnchorKeeper::Impl::released(const ledger::TreeHead& head) {
    const std::lock_guard lock(mutex_);
    if (head.size <= newest_head_.size) return;
    const bool first = !head_moved();
    newest_head_ = head;
    if (first) changed_.notify_all();  // the thread may be waiting without a time
}

Result<void> AnchorKeeper::Impl::put(const KeptLicense& license) {
    {
        const std::lock_guard lock(mutex_);
        const auto place = std::ranges::lower_bound(licenses_, license.license_id, {}, &AnchorLicense::license_id);
        const bool known = place != licenses_.end() && place->license_id == license.license_id;
        if (!known && licenses_.size() == ledger::anchor_licenses_max) {
            return Error{errc::anchor_full, {}, {{"most", std::to_string(ledger::anchor_licenses_max)}}};
        }
        AnchorLicense wanted{license.license_id, license.state, license.terms_digest, known ? place->reserved : 0};
        Reservation& entry = known ? *book_.find(license.license_id) : book_.add(license.license_id);
        entry.quantity = license.quantity;
        entry.live = license.state == AnchorLicense::State::live;
        if (known && *place == wanted) {
            if (entry.target() == entry.reserved) return {};
        } else {
            changed_since_ = true;
            if (known) {
                *place = std::move(wanted);
            } else {
                licenses_.insert(place, std::move(wanted));
            }
        }
    }
    changed_.notify_all();
    return {};
}

Result<void> AnchorKeeper::Impl::flush(milliseconds most, AtFailure at_failure) {
    std::unique_lock lock(mutex_);
    const std::uint64_t ours = ++flushes_wanted_;
    changed_.notify_all();
    const auto over = [&] {
        return flushes_done_ >= ours || abandoned_ || (at_failure == AtFailure::give_up && status_.failing);
    };
    if (changed_.wait_for(lock, most, over) && flushes_done_ >= ours) return {};
    return status_.failing ? *status_.failing : Error{errc::not_ready, "the anchor is not written yet"};
}

Result<void> AnchorKeeper::Impl::stop(milliseconds most) {
    auto flushed = flush(most, AtFailure::wait);
    {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    return flushed;
}

AnchorKeeperStatus AnchorKeeper::Impl::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

bool AnchorKeeper::Impl::is_due() {
    bool due = changed_since_;
    for (std::size_t i = 0; i < book_.size(); ++i) {
        Reservation& entry = book_.at(i);
        // Before looking at what is wanted: who wants more after this look must wake this thread again. An exchange, so
        // that this look sees what was wanted by whoever signalled before it.
        entry.signalled.exchange(false, std::memory_order_acq_rel);
        due = due || entry.target() != entry.reserved;
    }
    return due;
}

/// Whether the anchor would change, and now is the time.
bool AnchorKeeper::Impl::write_due() {
    if (steady_clock::now() < not_before_) return false;
    if (is_due()) return true;
    if (!head_moved()) return false;
    return flushes_wanted_ > flushes_done_ || steady_clock::now() >= head_written_at_ + options_.head_every;
}

steady_clock::time_point AnchorKeeper::Impl::next_look() const {
    auto at = steady_clock::now() + std::chrono::hours(24);
    if (head_moved()) at = std::min(at, head_written_at_ + options_.head_every);
    if (status_.second_failing) at = std::min(at, second_tried_at_ + options_.head_every);
    if (not_before_ > steady_clock::now()) at = not_before_;  // the first store fails: nothing else is done before
    return at;
}

void AnchorKeeper::Impl::run() {
    ::pthread_setname_np(::pthread_self(), "anchor-keeper");
    std::unique_lock lock(mutex_);
    while (!abandoned_) {
        if (write_due()) {
            write(lock);
        } else if (flushes_done_ < flushes_wanted_ && !is_due() && !head_moved()) {
            flushes_done_ = flushes_wanted_;  // all that was said is written
            changed_.notify_all();
        } else if (status_.second_failing && steady_clock::now() >= second_tried_at_ + options_.head_every) {
            write_second(lock, last_note_);
        } else {
            const auto look = next_look();
            // Woken for a licence, a head, a flush or the end; a failing store is left alone until its time.
            changed_.wait_until(lock, look);
        }
    }
    lock.unlock();
    changed_.notify_all();
}

Anchor AnchorKeeper::Impl::next_anchor() {
    Anchor next = written_;
    next.counter = ++last_counter_;
    next.head = newest_head_;
    next.licenses = licenses_;
    for (AnchorLicense& license : next.licenses) {
        license.reserved = book_.find(license.license_id)->target();
    }
    changed_since_ = false;
    return next;
}

void AnchorKeeper::Impl::write(std::unique_lock<std::mutex>& lock) {
    const std::uint64_t flushes = flushes_wanted_;
    const Anchor next = next_anchor();
    lock.unlock();

    auto note = ledger::sign_anchor(suite_, next, signer_);
    const Result<void> replaced = note ? stores_.front()->replace(*note) : Result<void>(note.error());

    lock.lock();
    if (!replaced) {
        changed_since_ = true;
        failed(replaced.error());
        return;
    }
    wrote(next);
    write_second(lock, *note);
    flushes_done_ = std::max(flushes_done_, flushes);
    changed_.notify_all();
    const auto listener = listener_;
    lock.unlock();
    if (listener) listener();
    lock.lock();
}

void AnchorKeeper::Impl::failed(const Error& error) {
    if (!status_.failing) status_.failing_since = wall_now();
    status_.failing = error;
    retry_delay_ = std::min(options_.retry_delay_max, std::max(first_retry_delay, 2 * retry_delay_));
    not_before_ = steady_clock::now() + retry_delay_;
    changed_.notify_all();  // who does not wait for a failing store
}

void AnchorKeeper::Impl::wrote(const Anchor& anchor) {
    written_ = anchor;
    for (const AnchorLicense& license : anchor.licenses) {
        book_.find(license.license_id)->reserved.store(license.reserved, std::memory_order_release);
        const auto kept = std::ranges::lower_bound(licenses_, license.license_id, {}, &AnchorLicense::license_id);
        kept->reserved = license.reserved;
    }
    head_written_at_ = steady_clock::now();
    retry_delay_ = milliseconds(0);
    status_.counter = anchor.counter;
    status_.anchored = anchor.head.size;
    status_.written_at = wall_now();
    status_.failing.reset();
}

/// The other stores; their failure is an alarm, and tried again later.
void AnchorKeeper::Impl::write_second(std::unique_lock<std::mutex>& lock, Bytes note) {
    if (stores_.size() < 2) return;
    lock.unlock();
    std::optional<Error> failure;
    for (std::size_t i = 1; i < stores_.size(); ++i) {
        if (const auto replaced = stores_[i]->replace(note); !replaced) failure = replaced.error();
    }
    lock.lock();
    last_note_ = std::move(note);
    second_tried_at_ = steady_clock::now();
    status_.second_failing = std::move(failure);
}

AnchorKeeper::AnchorKeeper(const ledger::Suite& suite, ledger::Signer& signer, std::vector<ledger::AnchorStore*> stores,
                           Anchor current, AnchorKeeperOptions options, bool settled)
    : impl_(std::make_unique<Impl>(suite, signer, std::move(stores), std::move(current), options, settled)) {}
AnchorKeeper::~AnchorKeeper() = default;

std::uint64_t AnchorKeeper::reserved(std::string_view license_id) const noexcept {
    const Reservation* entry = impl_->book_.find(license_id);
    return entry == nullptr ? 0 : entry->reserved.load(std::memory_order_acquire);
}

void AnchorKeeper::want(std::string_view license_id, std::uint64_t seats) {
    Reservation* entry = impl_->book_.find(license_id);
    if (entry == nullptr) return;
    std::uint64_t before = entry->wanted.load(std::memory_order_relaxed);
    while (before < seats && !entry->wanted.compare_exchange_weak(before, seats, std::memory_order_acq_rel)) {
    }
    if (entry->target() == entry->reserved.load(std::memory_order_acquire)) return;
    if (!entry->signalled.exchange(true, std::memory_order_acq_rel)) impl_->wake();
}

void AnchorKeeper::on_raised(std::function<void()> listener) { impl_->on_raised(std::move(listener)); }
void AnchorKeeper::released(const ledger::TreeHead& head) { impl_->released(head); }
Result<void> AnchorKeeper::put(const KeptLicense& license) { return impl_->put(license); }
Result<void> AnchorKeeper::flush(milliseconds most) { return impl_->flush(most, Impl::AtFailure::wait); }
Result<void> AnchorKeeper::flush_or_fail(milliseconds most) { return impl_->flush(most, Impl::AtFailure::give_up); }
Result<void> AnchorKeeper::stop(milliseconds most) { return impl_->stop(most); }
AnchorKeeperStatus AnchorKeeper::status() const { return impl_->status(); }

}  // namespace hsm
