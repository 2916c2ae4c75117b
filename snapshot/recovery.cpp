#include "snapshot/recovery.hpp"

#include <algorithm>

#include "ledger/core/event_codec.hpp"
#include "ledger/store_write/group_builder.hpp"
#include "ledger/store_write/log_tail.hpp"
#include "snapshot/anchor_writer.hpp"

namespace snapshot {
namespace {

using ledger::Anchor;
using ledger::AnchorStanding;
using ledger::Result;

std::vector<LicenseLoss> list_licenses(const projections::LedgerState& state,
                                       const std::vector<ledger::UnclaimedSeats>& unclaimed) {
    std::vector<LicenseLoss> licenses;
    for (std::uint16_t i = 0; i < state.licenses().size(); ++i) {
        const projections::License& license = state.licenses().at({i});
        if (license.successor) continue;  // its seats count there
        licenses.push_back({license.terms.license_id, license.terms.quantity, state.seats().taken_of({i}), 0});
    }
    for (const ledger::UnclaimedSeats& one : unclaimed) {
        const auto found = std::ranges::find(licenses, one.license_id, &LicenseLoss::license_id);
        if (found != licenses.end()) {
            found->unclaimed = one.seats;
        } else {
            licenses.push_back({one.license_id, std::nullopt, 0, one.seats});
        }
    }
    std::ranges::sort(licenses, {}, &LicenseLoss::license_id);
    return licenses;
}

/// The note that an event names what was known by, and the anchor in it.
struct Known {
    std::string note;
    const Anchor* anchor = nullptr;  ///< nullptr: a checkpoint that a client showed.
};

Known known_by(const RecoveryParts& parts, const Loss& loss) {
    if (loss.shown_by_client()) return {parts.witness_note, nullptr};
    return {std::string(ledger::as_text(parts.anchor_note)), &parts.anchor};
}

/// The event that opens the incarnation, its head, and both in the log. @return the new tree head
Result<ledger::TreeHead> append_opening(const RecoveryParts& parts, const Loss& loss,
                                        ledger::IncarnationOpened::Reason reason, ledger::Signer& signer) {
    ACTLEDGER_TRY(ledger::LogTail tail, check_tail(parts.log, loss.log_origin, signer.public_key()));
    ACTLEDGER_TRY(const ledger::ReleasedHead kept, parts.log.last_head());
    const Known known = known_by(parts, loss);
    ledger::IncarnationOpened opened{loss.opens.incarnation, reason, kept.note, known.note,
                                     unclaimed_seats(parts.state, known.anchor)};
    std::vector<ledger::EventDraft> drafts;
    drafts.push_back({{ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}},
                      std::move(opened),
                      {}});
    ledger::GroupBuilder builder(parts.suite, loss.opens, std::move(tail.frontier));
    // The time of the event before it: whether the clock is to be believed is judged at the start (L11).
    ACTLEDGER_TRY(const auto events, builder.add(std::move(drafts), parts.state.time().standing().not_before));
    ACTLEDGER_ASSERT(events.size() == 1);
    ACTLEDGER_CHECK(parts.log.check_room(1, ledger::event_bytes_max));
    ACTLEDGER_TRY(const auto group, builder.close().sign(signer));
    ACTLEDGER_CHECK(parts.log.append(loss.kept.size, group->events(), group->head()));
    return group->tree_head();
}

}  // namespace

bool Loss::shown_by_client() const {
    return known && !restored && (standing == AnchorStanding::equal || standing == AnchorStanding::ahead);
}

std::optional<std::pair<ledger::SequenceNumber, ledger::SequenceNumber>> Loss::gap() const {
    if (!known || known->head.size <= kept.size) return std::nullopt;
    return std::pair(ledger::next_of(kept.size), ledger::SequenceNumber{known->head.size.value - 1});
}

std::optional<ledger::Checkpoint> Loss::later_history() const {
    if (gap() || !known || known->origin.incarnation <= log_origin.incarnation) return std::nullopt;
    return known;
}

Result<Loss> find_loss(const RecoveryParts& parts) {
    const projections::Identity& identity = parts.state.identity();
    Loss loss;
    ACTLEDGER_TRY(loss.log_origin, ledger::Origin::parse(identity.origin()));
    ACTLEDGER_TRY(loss.standing,
                  compare_with_anchor(parts.suite, parts.log, loss.log_origin, identity.incarnations(), parts.anchor));
    ACTLEDGER_TRY(const ledger::TreeSize size, parts.log.size());
    ACTLEDGER_TRY(const ledger::Frontier edge, ledger::Frontier::load(parts.suite, size, parts.log));
    loss.kept = edge.head();
    const bool fits = loss.standing == AnchorStanding::equal || loss.standing == AnchorStanding::ahead;
    loss.opens = {loss.log_origin.server_id,
                  std::max(loss.log_origin.incarnation, parts.anchor.origin.incarnation) + 1};
    if (loss.standing == AnchorStanding::unfinished) loss.opens = loss.log_origin;
    if (!fits) {
        loss.known = ledger::Checkpoint{parts.anchor.origin, parts.anchor.head};
    } else if (!parts.witness_note.empty()) {
        ACTLEDGER_TRY(const auto witness, ledger::SignedCheckpoint::parse(parts.witness_note));
        loss.known = witness.checkpoint;
        loss.opens.incarnation = std::max(loss.opens.incarnation, witness.checkpoint.origin.incarnation + 1);
    } else if (parts.restored) {
        loss.restored = true;
        loss.known = ledger::Checkpoint{parts.anchor.origin, parts.anchor.head};
    }
    const bool counts = loss.standing == AnchorStanding::behind || loss.restored || loss.shown_by_client();
    loss.licenses = list_licenses(parts.state, counts ? unclaimed_seats(parts.state, known_by(parts, loss).anchor)
                                                      : std::vector<ledger::UnclaimedSeats>());
    return loss;
}

Result<Recovered> open_incarnation(const RecoveryParts& parts, const Loss& loss,
                                   ledger::IncarnationOpened::Reason reason, ledger::Signer& signer,
                                   std::span<ledger::AnchorStore* const> anchors) {
    ACTLEDGER_ASSERT(loss.standing == AnchorStanding::behind || loss.standing == AnchorStanding::unfinished ||
                     loss.restored || loss.shown_by_client());
    AnchorWriter anchor(parts.suite, parts.anchor, signer, anchors);
    if (loss.standing == AnchorStanding::unfinished) {
        ACTLEDGER_CHECK(anchor.write(loss.opens, loss.kept));
        return Recovered{loss.opens, loss.kept, anchor.second_failing()};
    }
    // Interrupted here, the next call finds this anchor alone, and must not count less.
    if (loss.shown_by_client()) anchor.reserve_all(parts.state.licenses());
    ACTLEDGER_CHECK(anchor.write(loss.opens, loss.known->head));
    ACTLEDGER_TRY(const ledger::TreeHead head, append_opening(parts, loss, reason, signer));
    ACTLEDGER_CHECK(anchor.write(loss.opens, head));
    return Recovered{loss.opens, head, anchor.second_failing()};
}

}  // namespace snapshot
