#pragma once
// api/commands/reservations.hpp: how many seats of a licence may be given away yet: what the HSM's anchor has reserved
// (design section 6). Implemented over hsm::AnchorKeeper by the programs.

#include <cstdint>
#include <string_view>

namespace api::commands {

/// Called on the sequencing thread; must not block.
class Reservations {
 public:
    virtual ~Reservations() = default;
    /// Seats of this licence that may be given now; 0 for one that is not known.
    [[nodiscard]] virtual std::uint64_t reserved(std::string_view license_id) const noexcept = 0;
    /// `seats` in all are given or about to be: raises the reservation in the background when it is nearly used up.
    virtual void want(std::string_view license_id, std::uint64_t seats) = 0;
};

}  // namespace api::commands
