#pragma once
// tools/client/service.hpp: the service mode: activates if that is needed, renews by itself, visits as a witness, and
// keeps trying with back-off when the server is away. Tells systemd how it is (sd_notify).

#include "tools/client/commands.hpp"
#include "tools/client/renewal_schedule.hpp"

namespace client {

/// Turns SIGTERM and SIGINT into a flag that network calls look at, and ends waits. One a process.
class StopSignal {
 public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;
    [[nodiscard]] const std::atomic<bool>& flag() const;
    /// Blocks for at most `time`. @return true if it is time to stop.
    [[nodiscard]] bool wait(Milliseconds time) const;
};

/// What the service has to do next.
enum class Duty { activate, renew, visit, rest };
struct NextDuty {
    Duty duty = Duty::rest;
    ledger::Timestamp when;  ///< For rest: until then, at the longest.
};
/// Pure. @param renewal  from renewal_time(); nothing: perpetual. @param seat_good  a verified file of this machine
/// whose grace is not over.
[[nodiscard]] NextDuty next_duty(bool seat_good, std::optional<ledger::Timestamp> renewal, ledger::Timestamp visit,
                                 ledger::Timestamp now);

/// Until told to stop. @return 0; an error only for what no waiting can heal (settings, root certificate).
int run_service(const Invocation& invocation, const StopSignal& stop);

}  // namespace client
