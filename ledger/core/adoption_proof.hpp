#pragma once
// ledger/core/adoption_proof.hpp: a seat of an earlier incarnation, proven by its activation file, as the event that
// keeps the proof has it. The file's annex and certificates stay out of it: the one is personal, and the ledger knows
// the key. Rules: docs/formats/event.md, "Adoption"; why: docs/adr/0029-adoption.md.

#include "ledger/core/activation_file.hpp"
#include "ledger/core/event.hpp"
#include "ledger/core/key_epochs.hpp"

namespace ledger {

/// Which of two events about one activation is the newer one: by incarnation, then by index.
struct SeatRank {
    std::uint32_t incarnation = 0;  ///< Of the event's own origin.
    SequenceNumber index;
    auto operator<=>(const SeatRank&) const = default;
};

/// What a proof says, parsed and not verified.
struct ProvenSeat {
    Event event;            ///< With a seat().
    SignedCheckpoint head;  ///< Of the tree that has it.
    SeatRank rank;
    [[nodiscard]] const Seat& seat() const { return *event.seat(); }
};

/// What a file proves, without what is not to be kept.
[[nodiscard]] AdoptionProven adoption_of(const ActivationFile& file);

/// @return errc::malformed_event, malformed_checkpoint and others of parsing; event_without_seat; not_included for an
///         event that bears another number than the proof
[[nodiscard]] Result<ProvenSeat> read_adoption(const AdoptionProven& proven);

/// The same, and that it is true: signed by the key of the time under an origin of `server_id` that is earlier than
/// `present`, and included in what was signed.
/// @return besides: errc::wrong_origin, bad_signature, unknown_key, not_included
[[nodiscard]] Result<ProvenSeat> verify_adoption(const Suite& suite, const AdoptionProven& proven,
                                                 const KeyEpochs& keys, const Origin& present);

/// The seat that an event leaves behind or proves; nothing for all others, and for a proof that cannot be read.
[[nodiscard]] std::optional<Seat> seat_told_by(const Event& event);

}  // namespace ledger
