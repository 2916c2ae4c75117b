#pragma once
// tools/bench/errc.hpp: what can go wrong with a measurement. Messages: errc.cpp.

#include <system_error>

#include "ledger/core/message.hpp"

namespace bench {

enum class errc {
    target_failed = 1,  ///< the server under measurement broke off
    wrong_answers,      ///< answers of another status than expected; facts: count, first
    command_failed,     ///< a program of the set-up; facts: command, output
    not_ready,          ///< a server that did not come up; facts: log
    baseline_failed,    ///< disk or token could not be measured; facts: reason
};

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace bench

template <>
struct std::is_error_code_enum<bench::errc> : std::true_type {};
