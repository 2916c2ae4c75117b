#pragma once
// api/commands/recovery_commands.hpp: what a loss left open (invariants L4, L5): desktops that show what they held are
// given it back, those that have nothing to show are lent a seat, and people decide about the rest. Rules:
// docs/formats/event.md, "Adoption"; why: docs/adr/0029-adoption.md.

#include "api/commands/seat_commands.hpp"
#include "ledger/core/adoption_proof.hpp"
#include "projections/state/adoption_rules.hpp"

namespace api::commands {

/// An activation file that verified under the vendor's root, the ledger's key and an earlier origin of this server.
struct VerifiedProof {
    ledger::AdoptionProven proven;
    ledger::ProvenSeat seat;
};
/// Parses and verifies as anybody would. @param keys  of the ledger. @param present  its origin.
/// @return errc::adoption_foreign (facts: server), adoption_needless, adoption_key_missing, adoption_provisional; what
/// verify_activation_file
///         returns
[[nodiscard]] ledger::Result<VerifiedProof> prepare_proof(std::string_view file, const Preparation& preparation,
                                                          const ledger::KeyEpochs& keys, const ledger::Origin& present);

/// A device that holds a file, proven by its key: checked by the caller against `ask.device_public_key`.
struct AdoptSeat {
    ActivateSeat ask;
    VerifiedProof proof;
};
/// The seat of the file, held again; or the one that the device has already by an older right, or took meanwhile; or,
/// where nothing of its licence is unclaimed any more, a free one; or Change::pending: an administrator has to agree.
/// @return errc::adoption_other_device, adoption_other_product, adoption_license_unknown, adoption_license_revoked,
///         adoption_superseded, adoption_released, adoption_refused, adoption_lease_over; what choosing a licence
///         returns, but for quota_reached
[[nodiscard]] ledger::Result<SeatDecision> decide(const AdoptSeat& command, const Context& context);

/// A file that was collected, by the authority of whoever imports it.
struct ImportAdoption {
    ledger::Actor actor;
    VerifiedProof proof;
};
/// The same, but that it takes no free seat. @return as above, without those about the device and its product
[[nodiscard]] ledger::Result<SeatDecision> decide(const ImportAdoption& command, const Context& context);

struct ApproveAdoption {
    ledger::Actor actor;
    ledger::ActivationId id;
};
/// Adopts what waits, also beyond what is unclaimed or free. @return errc::adoption_unknown, adoption_license_revoked
[[nodiscard]] ledger::Result<SeatDecision> decide(const ApproveAdoption& command, const Context& context);

struct RefuseAdoption {
    ledger::Actor actor;
    ledger::ActivationId id;
};
/// @return errc::adoption_unknown
[[nodiscard]] ledger::Result<ledger::Decision> decide(const RefuseAdoption& command, const Context& context);

struct FreeUnclaimed {
    ledger::Actor actor;
    std::string license_id;
    std::optional<std::uint64_t> seats;  ///< Nothing: all.
};
/// With nothing unclaimed: a success without an event.
/// @return errc::license_unknown, free_too_early (facts: license, from), free_time_in_doubt, free_too_many (facts:
/// license, unclaimed)
[[nodiscard]] ledger::Result<ledger::Decision> decide(const FreeUnclaimed& command, const Context& context);

struct PendingAdoption {
    ledger::ActivationId id;
    ledger::SequenceNumber proof;
    ledger::SeatRank rank;
    std::string license_id;
    std::string product;
};
/// The oldest first. @return what reading the log returns
[[nodiscard]] ledger::Result<std::vector<PendingAdoption>> list_pending(const Context& context, std::size_t most);

}  // namespace api::commands
