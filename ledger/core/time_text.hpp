#pragma once
// ledger/core/time_text.hpp: times as text: RFC 3339 in UTC, years 1970 to 9999. One spelling a precision.

#include <string>
#include <string_view>

#include "ledger/core/result.hpp"
#include "ledger/core/sizes.hpp"

namespace ledger {

constexpr Timestamp latest_time{253'402'300'799'999'999};  ///< 9999-12-31T23:59:59.999999Z

/// "2026-11-23T10:00:00.123456Z", always with six digits. Times out of range are shown as the nearest one in range.
[[nodiscard]] std::string time_text(Timestamp at);
/// "2026-11-23T10:00:00Z"; parts of a second are left out.
[[nodiscard]] std::string time_text_seconds(Timestamp at);

/// @return errc::not_canonical for what time_text would not have written.
[[nodiscard]] Result<Timestamp> parse_time(std::string_view text);
/// @return errc::not_canonical for what time_text_seconds would not have written.
[[nodiscard]] Result<Timestamp> parse_time_seconds(std::string_view text);

}  // namespace ledger
