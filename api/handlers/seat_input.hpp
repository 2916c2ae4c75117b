#pragma once
// api/handlers/seat_input.hpp: the bodies that desktops send. Raw components are personal data: they live as long as
// the request.

#include <optional>
#include <string_view>
#include <vector>

#include "ledger/core/bytes.hpp"
#include "ledger/core/device_components.hpp"

namespace api {

struct ActivateSeatInput {
    std::string product;
    std::optional<std::string> device_name;
    std::vector<ledger::RawComponent> components;
    ledger::Bytes public_key;  ///< DER, not looked into.
    std::optional<std::string> checkpoint;
    std::optional<std::string> adopt;  ///< An activation file of an earlier incarnation.
};
/// @return errc::malformed_json, unknown_member, missing_member, wrong_type, invalid_value
[[nodiscard]] ledger::Result<ActivateSeatInput> parse_activate_seat(std::string_view body);

struct RenewSeatInput {
    std::optional<std::vector<ledger::RawComponent>> components;
    std::optional<std::string> checkpoint;
};
/// An empty body is an empty object. The same errors.
[[nodiscard]] ledger::Result<RenewSeatInput> parse_renew_seat(std::string_view body);

/// {"checkpoint": "…"}
[[nodiscard]] ledger::Result<std::string> parse_checkpoint_body(std::string_view body);

}  // namespace api
