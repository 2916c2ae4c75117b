#include "ledger/core/adoption_proof.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"

namespace ledger {

AdoptionProven adoption_of(const ActivationFile& file) { return {file.index, file.event, file.proof, file.checkpoint}; }

Result<ProvenSeat> read_adoption(const AdoptionProven& proven) {
    ACTLEDGER_TRY(Event event, decode_event(proven.event));
    if (event.seat() == nullptr) {
        return Error{errc::event_without_seat, {}, {{"kind", std::string(kind_name(event.body))}}};
    }
    if (event.sequence_number != proven.index) {
        return Error{errc::not_included, "the event bears another number than its place in the tree"};
    }
    ACTLEDGER_TRY(SignedCheckpoint head, SignedCheckpoint::parse(proven.head));
    ACTLEDGER_TRY(const Origin origin, Origin::parse(event.origin));
    const SeatRank rank{origin.incarnation, proven.index};
    return ProvenSeat{std::move(event), std::move(head), rank};
}

Result<ProvenSeat> verify_adoption(const Suite& suite, const AdoptionProven& proven, const KeyEpochs& keys,
                                   const Origin& present) {
    ACTLEDGER_TRY(ProvenSeat seat, read_adoption(proven));
    const Origin& signed_by = seat.head.checkpoint.origin;
    ACTLEDGER_TRY(const Origin written, Origin::parse(seat.event.origin));
    if (signed_by.server_id != present.server_id || written.server_id != present.server_id) {
        return Error{errc::wrong_origin, signed_by.text()};
    }
    if (written.incarnation > signed_by.incarnation || signed_by.incarnation >= present.incarnation) {
        return Error{errc::wrong_origin, "not of an earlier incarnation: " + signed_by.text()};
    }
    ACTLEDGER_CHECK(keys.verify(suite, seat.head.note, signed_by));
    ACTLEDGER_CHECK(
        verify_inclusion(suite, suite.hash_leaf(proven.event), proven.index, seat.head.checkpoint.head, proven.path));
    return seat;
}

std::optional<Seat> seat_told_by(const Event& event) {
    if (const Seat* const seat = event.seat()) return *seat;
    const auto* const proven = std::get_if<AdoptionProven>(&event.body);
    if (proven == nullptr) return std::nullopt;
    const auto read = read_adoption(*proven);
    if (!read) return std::nullopt;
    return read->seat();
}

}  // namespace ledger
