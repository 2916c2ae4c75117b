#include "tools/client/service.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "ledger/core/time_text.hpp"
#include "tools/client/activator.hpp"
#include "tools/client/errc.hpp"
#include "tools/client/seat_report.hpp"
#include "tools/terminal/terminal.hpp"

namespace client {
namespace {

std::atomic<bool> stop_requested{false};
std::array<int, 2> stop_pipe{-1, -1};  // written by the handler, polled by wait()

extern "C" void on_stop_signal(int) {
    stop_requested.store(true, std::memory_order_relaxed);
    const char byte = 0;
    const auto ignored = ::write(stop_pipe[1], &byte, 1);
    static_cast<void>(ignored);
}

// A laptop's lid may have been closed meanwhile: look at the clock at least this often.
constexpr ledger::Duration longest_rest = ledger::hour;

Random seeded() {
    std::array<std::uint8_t, 8> bytes{};
    ledger::fill_random(bytes);
    std::uint64_t seed = 0;
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return Random(seed);
}

class Service {
 public:
    Service(const Invocation& invocation, const StopSignal& stop, ledger::Certificate root)
        : invocation_(invocation), stop_(stop), root_(std::move(root)), random_(seeded()), back_off_(seeded()) {}

    void run();

 private:
    struct Standing {
        bool good = false;
        std::optional<ledger::Timestamp> renewal;
        std::string text;
    };
    [[nodiscard]] Standing look();
    [[nodiscard]] NextDuty next(const Standing& standing) const {
        return next_duty(standing.good, standing.renewal, visit_at_, wall_clock());
    }
    [[nodiscard]] std::optional<Setback> perform(Duty duty);
    [[nodiscard]] std::optional<Setback> perform_once(Duty duty);
    std::optional<Setback> note(const Attempt<Outcome>& attempt);
    [[nodiscard]] bool incarnation_moved() const;
    void tell(const ledger::Error& error);
    void tell_status(const std::string& text) const;

    const Invocation& invocation_;
    const StopSignal& stop_;
    const ledger::Certificate root_;
    Random random_;
    BackOff back_off_;
    std::vector<ledger::RawComponent> components_;
    ledger::Timestamp visit_at_{};
    ledger::Timestamp planned_for_{};  ///< Event time of the file that renewal_ was planned for.
    std::optional<ledger::Timestamp> renewal_;
    std::string last_told_;
};

void Service::tell_status(const std::string& text) const {
    static_cast<void>(::sd_notify(0, ("STATUS=" + text).c_str()));  // without systemd there is nobody to tell
}

/// Each trouble once, and not once an attempt.
void Service::tell(const ledger::Error& error) {
    const auto text = error.sentence(invocation_.language);
    tell_status(text);
    if (text == last_told_) return;
    last_told_ = text;
    static_cast<void>(terminal::report("actledger-client", error, invocation_.language));
}

/// The stored file as it stands now; it may be changed by other commands at any time.
Service::Standing Service::look() {
    const auto text = invocation_.state.activation();
    if (!text) return {};
    const auto file = check_file(*text, root_);
    if (!file) {
        tell(file.error());
        return {};
    }
    const auto key = invocation_.state.device_key();
    const auto match = match_device(*file, components_, key && *key ? (*key)->spki() : ledger::Bytes());
    const SeatReport seat{*file, match, wall_clock(), invocation_.state.has_evidence()};
    if (file->verified.event.time != planned_for_) {
        planned_for_ = file->verified.event.time;
        const auto pins = invocation_.state.pins();
        const bool known = pins.renew_after.us != 0 && pins.activation_id == file->seat().activation_id.text();
        renewal_ = renewal_time(
            {planned_for_, file->seat().lease_ends, known ? std::optional(pins.renew_after) : std::nullopt}, random_);
    }
    const bool good = !shortcoming(seat) && file->seat().product == invocation_.settings.product;
    const auto report = human_text(seat, invocation_.language);
    return {good, renewal_, report.substr(0, report.find('\n'))};
}

std::optional<Setback> Service::note(const Attempt<Outcome>& attempt) {
    if (!attempt) return attempt.error();
    if (attempt->notice) tell(*attempt->notice);
    if (attempt->witness_failure) tell(*attempt->witness_failure);
    if (attempt->contradiction) tell(*attempt->contradiction);
    // The seat is held whether or not its settings can be kept.
    if (const auto kept = keep_settings(invocation_); !kept) tell(kept.error());
    const SeatReport seat{attempt->file, std::nullopt, wall_clock(), false};
    std::fputs(human_text(seat, invocation_.language).c_str(), stdout);
    std::fflush(stdout);
    return std::nullopt;
}

/// The server signs under a later origin than the file is of: it may have lost what the file proves.
bool Service::incarnation_moved() const {
    const auto text = invocation_.state.activation();
    const auto note = invocation_.state.checkpoint();
    if (!text || !note) return false;
    const auto file = check_file(*text, root_);
    const auto head = ledger::SignedCheckpoint::parse(*note);
    return file && head && head->checkpoint.origin.server_id == file->verified.origin.server_id &&
           head->checkpoint.origin.incarnation > file->verified.origin.incarnation;
}

std::optional<Setback> Service::perform(Duty duty) {
    Activator activator(invocation_.settings, invocation_.state, components_, root_, invocation_.language, HttpLimits{},
                        stop_.flag());
    if (duty == Duty::visit) {
        const auto visited = activator.visit();
        visit_at_ = wall_clock() + visit_interval(random_);
        if (!visited) return visited.error();
        if (visited->notice) tell(*visited->notice);
        if (visited->contradicted()) tell(visited->contradiction());
        if (!visited->contradicted() && incarnation_moved()) return note(activator.activate());
        return std::nullopt;
    }
    if (duty == Duty::renew) {
        const auto renewed = activator.renew();
        // A seat that ran out or was given away is not renewed but taken anew.
        if (renewed || renewed.error().error.code != errc::server_refused) return note(renewed);
    }
    return note(activator.activate());
}

/// Also a success is a setback when the same is due again at once: the clock of the server, or the time of its ledger,
/// is another than this machine's. Without it a pool whose clock is wrong would ask without a pause.
std::optional<Setback> Service::perform_once(Duty duty) {
    if (auto trouble = perform(duty)) return trouble;
    if (next(look()).duty != duty) return std::nullopt;
    return Setback{{errc::clock_differs, "", {{"now", ledger::time_text_seconds(wall_clock())}}}, std::nullopt};
}

void Service::run() {
    std::optional<Setback> trouble;
    while (!stop_.flag()) {
        if (auto found = components_of(invocation_)) {
            components_ = *std::move(found);
        } else {
            trouble = Setback{found.error(), std::nullopt};
        }
        const auto standing = look();
        const auto due = next(standing);
        if (!trouble && due.duty == Duty::rest) {
            tell_status(standing.text);
            last_told_.clear();
            if (stop_.wait(Milliseconds((due.when - wall_clock()).us / 1'000 + 1))) break;
            continue;
        }
        if (!trouble) trouble = perform_once(due.duty);
        if (!trouble) {
            back_off_.succeeded();
            continue;
        }
        if (trouble->error.code == errc::interrupted) break;
        tell(trouble->error);
        const auto pause = back_off_.next(trouble->retry_after);
        trouble.reset();
        if (stop_.wait(pause)) break;
    }
}

}  // namespace

StopSignal::StopSignal() {
    ACTLEDGER_ASSERT(stop_pipe[0] < 0 && ::pipe2(stop_pipe.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    struct sigaction action {};
    action.sa_handler = on_stop_signal;
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
}

StopSignal::~StopSignal() {
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    for (int& end : stop_pipe) ::close(std::exchange(end, -1));
    stop_requested = false;
}

const std::atomic<bool>& StopSignal::flag() const { return stop_requested; }

bool StopSignal::wait(Milliseconds time) const {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!stop_requested) {
        const auto left = std::chrono::duration_cast<Milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd readable{stop_pipe[0], POLLIN, 0};
        constexpr std::int64_t poll_max = 3'600'000;
        static_cast<void>(::poll(&readable, 1, static_cast<int>(std::min(left.count(), poll_max))));
    }
    return true;
}

NextDuty next_duty(bool seat_good, std::optional<ledger::Timestamp> renewal, ledger::Timestamp visit,
                   ledger::Timestamp now) {
    if (!seat_good) return {Duty::activate, now};
    if (renewal && *renewal <= now) return {Duty::renew, now};
    // A clock that was set back far must not put the next visit off for years.
    if (visit <= now || visit > now + ledger::day * 2) return {Duty::visit, now};
    auto when = std::min(visit, now + longest_rest);
    if (renewal) when = std::min(when, *renewal);
    return {Duty::rest, when};
}

int run_service(const Invocation& invocation, const StopSignal& stop) {
    const auto fail = [&](const ledger::Error& error) {
        return terminal::report("actledger-client", error, invocation.language);
    };
    if (auto complete = check_complete(invocation.settings); !complete) return fail(complete.error());
    auto root = load_vendor_root(invocation.settings.vendor_root);
    if (!root) return fail(root.error());
    // Ready when it is able to work; a server that is away must not hold up the desktop's start.
    static_cast<void>(::sd_notify(0, "READY=1"));
    Service(invocation, stop, *std::move(root)).run();
    static_cast<void>(::sd_notify(0, "STOPPING=1"));
    return static_cast<int>(terminal::Exit::success);
}

}  // namespace client
