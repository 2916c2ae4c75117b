#pragma once
// api/handlers/admin_views.hpp: lists for administrators, as JSON.

#include "api/commands/queries.hpp"
#include "api/request.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace api {

[[nodiscard]] Response licenses_response(const std::vector<commands::LicenseView>& views);
/// @param value  JSON text.
[[nodiscard]] Response setting_response(std::string_view name, std::string_view value);
/// What the list needs beyond the book stands in the log.
[[nodiscard]] ledger::Result<Response> seats_response(const ledger::LogReader& log, const commands::SeatPage& page);

}  // namespace api
