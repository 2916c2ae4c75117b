#include "hsm/object_limits.hpp"

#include "hsm/errc.hpp"

namespace hsm {

ledger::Error too_large_object(std::size_t bytes) {
    return {errc::anchor_too_large, {}, {{"bytes", std::to_string(bytes)}, {"most", std::to_string(object_bytes_max)}}};
}

}  // namespace hsm
