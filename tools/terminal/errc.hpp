#pragma once
// tools/terminal/errc.hpp: what can go wrong between a person and a command line. Messages: errc.cpp.

#include <system_error>

#include "ledger/core/message.hpp"

namespace terminal {

enum class errc {
    no_terminal = 1,  ///< a question, and nobody there to answer
    not_confirmed,
    file_unreadable,     ///< facts: path, reason
    file_unwritable,     ///< facts: path, reason
    argument_unknown,    ///< facts: arguments, help
    argument_missing,    ///< facts: reason, help
    argument_invalid,    ///< facts: reason, help
    command_line_wrong,  ///< facts: reason, help
};

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace terminal

template <>
struct std::is_error_code_enum<terminal::errc> : std::true_type {};
