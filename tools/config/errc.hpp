#pragma once
// tools/config/errc.hpp: what can be wrong with a configuration file. Messages: errc.cpp.

#include <system_error>

#include "ledger/core/message.hpp"

namespace config {

enum class errc { unreadable = 1, syntax, unknown_key, wrong_type, out_of_range, missing_key };

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace config

template <>
struct std::is_error_code_enum<config::errc> : std::true_type {};
