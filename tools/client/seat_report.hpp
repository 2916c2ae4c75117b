#pragma once
// tools/client/seat_report.hpp: what a checked activation file says, for people (English, Chinese) and for programs.
// JSON members: docs/manual/en/client.md, "status --json".

#include <string>

#include "tools/client/activation_check.hpp"

namespace client {

struct SeatReport {
    const CheckedFile& file;
    std::optional<DeviceMatch> device;  ///< Nothing: whose file it is was not asked.
    ledger::Timestamp now;
    bool evidence = false;  ///< There is evidence of a contradiction in the server's history.
};

/// "active", "grace", "lease_over" or "other_device"
[[nodiscard]] std::string_view state_name(const SeatReport& report);
/// Several lines, each ending in a newline.
[[nodiscard]] std::string human_text(const SeatReport& report, ledger::Language language);
/// One JSON object and a newline.
[[nodiscard]] std::string json_text(const SeatReport& report);
/// Nothing for an active seat, and in its grace; else errc::device_other or errc::lease_over.
[[nodiscard]] std::optional<ledger::Error> shortcoming(const SeatReport& report);

}  // namespace client
