#pragma once
// projections/read/errc.hpp: what can go wrong with the read models. Messages: errc.cpp. None of it costs a record:
// they can be rebuilt from the log at any time.

#include <system_error>

#include "ledger/core/message.hpp"

namespace projections {

enum class read_errc {
    read_models_unusable = 1,  ///< LMDB or the disk refuses. facts: folder, reason
    read_models_busy,          ///< another process writes them. facts: folder
    read_models_stale,    ///< of another version, another ledger, another history, or cut off by a power cut. fact:
                          ///< folder
    read_models_damaged,  ///< the file is not as it was written. fact: folder
    read_models_differ,   ///< not what the log gives. facts: folder, size
};

const ledger::MessageCategory& read_category();
std::error_code make_error_code(read_errc value);

}  // namespace projections

template <>
struct std::is_error_code_enum<projections::read_errc> : std::true_type {};
