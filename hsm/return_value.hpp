#pragma once
// hsm/return_value.hpp: PKCS#11 return values by name, and what each means to us. Knows the numbers of the standard,
// never a module.

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/core/result.hpp"

namespace hsm {

/// "CKR_DEVICE_ERROR (0x30)"; for a value without a name here, "0x80000001".
[[nodiscard]] std::string describe_return_value(std::uint64_t value);
/// "CKM_ECDSA"; for one without a name here, "0x1234".
[[nodiscard]] std::string describe_mechanism(std::uint64_t mechanism);

/// The error that a failed PKCS#11 function is reported as. A PIN is only wrong where a PIN was given.
[[nodiscard]] ledger::Error error_of(std::string_view function, std::uint64_t value, std::string_view detail);

}  // namespace hsm
