#include "snapshot/rotation.hpp"

#include <algorithm>

#include "snapshot/anchor_writer.hpp"
#include "snapshot/lone_event.hpp"

namespace snapshot {
namespace {

using ledger::Anchor;
using ledger::Result;
using Stage = Rotation::Stage;

/// The first one of the next key: what was reserved stays so.
Anchor next_anchor(const RotationParts& parts, const Rotation& rotation) {
    Anchor anchor = parts.anchor;
    anchor.origin = rotation.opens;
    anchor.head = rotation.kept;
    if (parts.attempted) anchor.counter = std::max(anchor.counter, parts.attempted->counter);
    ++anchor.counter;
    parts.state.identity().keys().name_in(anchor);
    anchor.add_key({.epoch = anchor.keys.back().epoch + 1,
                    .incarnation = rotation.opens.incarnation,
                    .key = parts.next_key.compressed(),
                    .digest = {}});
    return anchor;
}

Result<void> check_certificate(const RotationParts& parts) {
    ledger::LicenseFacts revoked;
    parts.state.licenses().add_facts(revoked);
    const projections::Identity& identity = parts.state.identity();
    ACTLEDGER_CHECK(ledger::check_next_certificate(
        parts.certificate, parts.root,
        {identity.genesis()->server_id, identity.keys().spkis(), std::move(revoked.revoked_certificates),
         parts.state.time().standing().not_before, parts.given_up}));
    return {};
}

}  // namespace

bool is_settled(const projections::LedgerState& state, const Anchor& anchor) {
    const ledger::KeyEpoch& present = state.identity().keys().present();
    return anchor.head.size >= ledger::size_through(present.begun_by);
}

Result<Rotation> find_rotation(const RotationParts& parts) {
    const projections::Identity& identity = parts.state.identity();
    Rotation rotation;
    ACTLEDGER_TRY(rotation.log_origin, ledger::Origin::parse(identity.origin()));
    ACTLEDGER_TRY(const ledger::TreeSize size, parts.log.size());
    ACTLEDGER_TRY(const ledger::Frontier edge, ledger::Frontier::load(parts.suite, size, parts.log));
    rotation.kept = edge.head();
    rotation.opens = rotation.log_origin;
    const ledger::KeyEpoch& present = identity.keys().present();
    if (present.key == parts.next_key && present.number > 1) {
        const bool done = is_settled(parts.state, parts.anchor) && parts.all_told;
        rotation.stage = done ? Stage::done : Stage::unfinished;
        return rotation;
    }
    ACTLEDGER_CHECK(check_certificate(parts));
    std::uint32_t newest = std::max(rotation.log_origin.incarnation, parts.anchor.origin.incarnation);
    // An interrupted run cannot know whether a head was signed under its number.
    if (parts.attempted) newest = std::max(newest, parts.attempted->origin.incarnation);
    rotation.opens.incarnation = newest + 1;
    return rotation;
}

ledger::KeyHandOver hand_over_of(const RotationParts& parts, const Rotation& rotation) {
    ACTLEDGER_ASSERT(rotation.stage == Stage::due);
    return {{rotation.log_origin, rotation.kept},
            parts.suite.hash(parts.state.identity().keys().present().key.spki()),
            parts.suite.hash(parts.next_key.spki())};
}

Result<Recovered> rotate(const RotationParts& parts, const Rotation& rotation, const std::string& hand_over,
                         ledger::Signer& signer, const RotationStores& stores) {
    ACTLEDGER_ASSERT(rotation.stage != Stage::done);
    ACTLEDGER_ASSERT(signer.public_key() == parts.next_key);
    if (rotation.stage == Stage::unfinished) {
        AnchorWriter anchor(parts.suite, parts.anchor, signer, stores.all);
        ACTLEDGER_CHECK(anchor.write(rotation.opens, rotation.kept));
        return Recovered{rotation.opens, rotation.kept, anchor.second_failing()};
    }
    const Anchor first = next_anchor(parts, rotation);
    // One attempt at a time: a token has room for few notes.
    if (parts.attempted) ACTLEDGER_CHECK(stores.all.front()->replace(ledger::as_bytes(parts.anchor_note)));
    ACTLEDGER_TRY(const ledger::Bytes note, ledger::sign_anchor(parts.suite, first, signer));
    ACTLEDGER_CHECK(stores.add(note));

    ACTLEDGER_TRY(const ledger::ReleasedHead kept, parts.log.last_head());
    ledger::IncarnationOpened opened{.incarnation = rotation.opens.incarnation,
                                     .reason = ledger::IncarnationOpened::Reason::rotated,
                                     .kept_head = kept.note,
                                     .known_head = {},
                                     .unclaimed = {},
                                     .reendorsement = {},
                                     .server_certificate = parts.certificate.der(),
                                     .hand_over = hand_over};
    opened.unclaimed = unclaimed_by(parts.state, opened);
    ACTLEDGER_TRY(const ledger::TreeHead head,
                  append_alone(parts.suite, parts.log, parts.state, rotation.opens,
                               parts.state.identity().keys().present().key, std::move(opened), signer));
    AnchorWriter anchor(parts.suite, first, signer, stores.all);
    ACTLEDGER_CHECK(anchor.write(rotation.opens, head));
    return Recovered{rotation.opens, head, anchor.second_failing()};
}

}  // namespace snapshot
