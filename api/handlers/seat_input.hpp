#pragma once
// api/handlers/seat_input.hpp: the bodies that desktops send. Raw components are personal data: they live as long as
// the request.

#include <optional>
#include <string_view>
#include <vector>

#include "ledger/core/bytes.hpp"
#include "ledger/core/device_components.hpp"

namespace api {

/// A signed head that a client has seen, and what it knows of the key that signed it. Parsed no further.
struct ShownCheckpoint {
    std::string note;
    std::vector<ledger::Bytes> certificates;  ///< DER, the server's first; 1 to 4 of 1 to 8,192 bytes, or none.
};

struct ActivateSeatInput {
    std::string product;
    std::optional<std::string> device_name;
    std::vector<ledger::RawComponent> components;
    ledger::Bytes public_key;  ///< DER, not looked into.
    std::optional<ShownCheckpoint> checkpoint;
    std::optional<std::string> adopt;  ///< An activation file of an earlier incarnation.
};
/// @return errc::malformed_json, unknown_member, missing_member, wrong_type, invalid_value
[[nodiscard]] ledger::Result<ActivateSeatInput> parse_activate_seat(std::string_view body);

struct RenewSeatInput {
    std::optional<std::vector<ledger::RawComponent>> components;
    std::optional<ShownCheckpoint> checkpoint;
};
/// An empty body is an empty object. The same errors.
[[nodiscard]] ledger::Result<RenewSeatInput> parse_renew_seat(std::string_view body);

/// {"checkpoint": "…"}, and "certificates". The same errors.
[[nodiscard]] ledger::Result<ShownCheckpoint> parse_checkpoint_body(std::string_view body);

}  // namespace api
