#pragma once
// api/handlers/legacy_input.hpp: the body with which seats are kept for desktops of the previous product.

#include "api/commands/legacy_seats.hpp"

namespace api {

struct LegacySeatsInput {
    ledger::Actor actor;
    std::string product;
    ledger::Timestamp reserved_until;
    std::vector<commands::LegacyRecord> records;  ///< 1 to commands::legacy_rows_max.
};
/// {"authority": …, "product": …, "reserved_until": …, "records": [{"key": …, "components": ["mac=00:16:3e:…"],
/// "device_name": …, "activated_at": …}]}
/// @return errc::malformed_json, unknown_member, missing_member, wrong_type, invalid_value
[[nodiscard]] ledger::Result<LegacySeatsInput> parse_legacy_seats(std::string_view body);

}  // namespace api
