#include "hsm/token_recovery.hpp"

#include <pthread.h>

#include <algorithm>

#include "hsm/errc.hpp"
#include "hsm/token_files.hpp"

namespace hsm {
namespace {

using ledger::Bytes;
using ledger::ByteView;
using ledger::Error;
using ledger::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds first_delay{100};

ledger::Timestamp wall_now() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()};
}

/// The first attempt after a failure is at once; then 100 ms, doubling.
milliseconds delay_before(std::uint64_t attempt, milliseconds most) {
    if (attempt == 0) return milliseconds(0);
    const auto doublings = std::min<std::uint64_t>(attempt - 1, 16);
    return std::min(most, first_delay * (1 << doublings));
}

}  // namespace

Token::Recovery::Recovery(Options options)
    : options_(std::move(options)), rejected_(options_.state_folder), public_key_(options_.public_key) {
    status_.since = wall_now();
    status_.module = options_.module_path().string();
    status_.pin_source = options_.pin.describe();
    thread_ = std::thread([this] { run(); });
}

Token::Recovery::~Recovery() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        set_state(State::stopped, std::nullopt);
        // An attempt or a probe may hang; a child that waits is let go of in good order.
        if (connection_ && (in_use_ || attempting_)) connection_->terminate();
    }
    changed_.notify_all();
    thread_.join();
}

bool Token::Recovery::knows_key() const {
    const std::lock_guard lock(mutex_);
    return public_key_.has_value();
}

Result<void> Token::Recovery::first_attempt() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return attempted_; });
    if (status_.state == State::ready) return {};
    return why_not_ready();
}

const ledger::PublicKey& Token::Recovery::public_key() const {
    const std::lock_guard lock(mutex_);
    ACTLEDGER_ASSERT(public_key_.has_value());
    return *public_key_;
}

std::optional<std::filesystem::path> Token::Recovery::files() const {
    const std::lock_guard lock(mutex_);
    return files_;
}

Result<std::shared_ptr<Connection>> Token::Recovery::take(milliseconds turn) {
    std::unique_lock lock(mutex_);
    const auto settled = [this] { return status_.state != State::ready || !in_use_; };
    if (!settled()) {
        ++turns_awaited_;
        const bool is_settled = changed_.wait_for(lock, turn, settled);
        --turns_awaited_;
        if (!is_settled) return Error{errc::busy};
    }
    if (status_.state != State::ready) return why_not_ready();
    in_use_ = true;
    return connection_;
}

void Token::Recovery::give_back(const Error* failure) {
    bool awaited = false;
    {
        const std::lock_guard lock(mutex_);
        in_use_ = false;
        if (failure != nullptr) set_state(state_after(*failure), *failure);
        // Nobody is woken for nothing: it would cost each signature a switch to the object's thread and back.
        awaited = turns_awaited_ > 0 || status_.state != State::ready || untold_;
    }
    if (awaited) changed_.notify_all();
}

Result<Bytes> Token::Recovery::timed_signature(Connection& connection, ByteView message) {
    const ledger::Suite* suite = ledger::find_suite(options_.suite);
    const ledger::PublicKey key = public_key();
    const auto begin = steady_clock::now();
    ACTLEDGER_TRY(Bytes signature, connection.sign(suite->hash(message)));
    const auto end = steady_clock::now();
    if (const auto verified = key.verify(message, signature); !verified) {
        return Error{errc::bad_signature, verified.error().detail};
    }
    const std::lock_guard lock(mutex_);
    ++status_.signatures;
    status_.last_signature_us = std::chrono::duration_cast<std::chrono::microseconds>(end - begin).count();
    last_signature_at_ = end;
    return signature;
}

bool Token::Recovery::is_well(Connection& connection, const Error& after) {
    if (after.code == errc::anchor_too_large) return true;
    return after.code == errc::token_failed && prove(connection, options_.suite, public_key()).has_value();
}

Status Token::Recovery::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

Result<void> Token::Recovery::wait_ready(milliseconds most) const {
    std::unique_lock lock(mutex_);
    // A PIN that was refused is not tried again by itself: there is nothing to wait for.
    const auto settled = [this] {
        const bool idle = waits_for_person(status_.state) && !person_says_so_ && !attempting_;
        return status_.state == State::ready || stopping_ || idle;
    };
    changed_.wait_for(lock, most, settled);
    if (status_.state == State::ready && !stopping_) return {};
    return why_not_ready();
}

void Token::Recovery::retry() {
    {
        const std::lock_guard lock(mutex_);
        person_says_so_ = true;
    }
    changed_.notify_all();
}

void Token::Recovery::on_change(std::function<void(const Status&)> listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
}

int Token::Recovery::worker_pid() const {
    const std::lock_guard lock(mutex_);
    return connection_ ? connection_->worker_pid() : 0;
}

void Token::Recovery::set_state(State state, std::optional<Error> why) {
    if (status_.state == State::stopped) return;
    if (status_.state != state) {
        status_.since = wall_now();
        untold_ = true;
    }
    status_.state = state;
    status_.why = std::move(why);
}

Error Token::Recovery::why_not_ready() const { return status_.why ? *status_.why : Error{errc::not_ready}; }

/// The object's thread: while ready, waits for trouble or idleness; while not, opens the session anew.
void Token::Recovery::run() {
    ::pthread_setname_np(::pthread_self(), "hsm-recovery");
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (untold_) {
            tell(lock);
        } else if (status_.state == State::ready) {
            const auto trouble = [this] { return stopping_ || untold_ || status_.state != State::ready; };
            if (!changed_.wait_until(lock, idle_probe_at(), trouble)) probe_if_idle(lock);
        } else if (waits_for_person(status_.state) && !person_says_so_) {
            changed_.wait(lock, [this] { return stopping_ || untold_ || person_says_so_; });
        } else {
            const auto delay = delay_before(failures_in_a_row_, options_.restart_delay_max);
            changed_.wait_for(lock, delay, [this] { return stopping_ || person_says_so_; });
            changed_.wait(lock, [this] { return !in_use_; });
            if (!stopping_) attempt(lock);
        }
    }
    changed_.wait(lock, [this] { return !in_use_; });
    const auto ended = std::move(connection_);  // kills and reaps the child, on this thread
    lock.unlock();
}

void Token::Recovery::attempt(std::unique_lock<std::mutex>& lock) {
    const KnownWrongPin policy = person_says_so_ ? KnownWrongPin::try_again : KnownWrongPin::refuse;
    person_says_so_ = false;
    if (attempted_) ++status_.restarts;
    attempting_ = true;
    auto broken = std::move(connection_);
    Options wanted = options_;
    wanted.public_key = public_key_;
    lock.unlock();

    broken.reset();
    auto started = Connection::start(wanted);
    if (started) {
        lock.lock();
        connection_ = *started;
        if (stopping_) (*started)->terminate();
        lock.unlock();
    }
    auto opened = started ? open_session(**started, wanted, rejected_, policy) : Result<OpenedSession>(started.error());
    const auto files = opened ? token_files(wanted, opened->token) : std::nullopt;

    lock.lock();
    attempted_ = true;
    attempting_ = false;
    std::shared_ptr<Connection> failed;
    if (opened) {
        failures_in_a_row_ = 0;
        if (!public_key_) public_key_ = opened->public_key;
        files_ = files;
        status_.token_label = opened->token.label;
        status_.token_serial = opened->token.serial;
        last_signature_at_ = steady_clock::now();
        set_state(State::ready, std::nullopt);
    } else {
        ++failures_in_a_row_;
        set_state(state_after(opened.error()), opened.error());
        failed = std::move(connection_);  // a child that waits would hold a session of a token that others may need
    }
    changed_.notify_all();
    lock.unlock();
    failed.reset();
    started = Error{errc::not_ready};
    lock.lock();
}

void Token::Recovery::tell(std::unique_lock<std::mutex>& lock) {
    untold_ = false;
    const auto listener = listener_;
    const Status snapshot = status_;
    if (!listener) return;
    lock.unlock();
    listener(snapshot);
    lock.lock();
}

Token::Recovery::SteadyTime Token::Recovery::idle_probe_at() const {
    constexpr auto seldom = std::chrono::hours(24);
    const auto every = options_.idle_probe_every;
    if (every.count() == 0) return steady_clock::now() + seldom;
    return last_signature_at_ + every;
}

void Token::Recovery::probe_if_idle(std::unique_lock<std::mutex>& lock) {
    if (options_.idle_probe_every.count() == 0 || steady_clock::now() < idle_probe_at()) return;
    const ledger::PublicKey key = *public_key_;
    lock.unlock();
    const auto proven = use(options_.deadlines.sign, [&](Connection& connection) -> Result<void> {
        return prove(connection, options_.suite, key);
    });
    lock.lock();
    // A failure has become the state; a token that is busy is being used, which is proof enough.
    if (proven || proven.error().code == errc::busy) last_signature_at_ = steady_clock::now();
}

}  // namespace hsm
