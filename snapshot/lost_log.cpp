#include "snapshot/lost_log.hpp"

#include "ledger/store_write/log_creation.hpp"
#include "snapshot/anchor_writer.hpp"
#include "snapshot/errc.hpp"

namespace snapshot {

using ledger::Result;

ledger::Origin origin_after(const LostLog& lost) {
    return {lost.anchor.origin.server_id, lost.anchor.origin.incarnation + 1};
}

std::vector<ledger::EventDraft> first_events(const LostLog& lost) {
    const ledger::Actor actor{
        ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}};
    const ledger::Origin origin = origin_after(lost);
    const projections::LedgerState nothing;
    ledger::LedgerCreated genesis{lost.suite.id(), origin.server_id,        ledger::copy(lost.public_key),
                                  lost.root.der(), lost.anchor.device_salt, lost.software_version};
    ledger::IncarnationOpened opened{.incarnation = origin.incarnation,
                                     .reason = ledger::IncarnationOpened::Reason::log_lost,
                                     .kept_head = {},
                                     .known_head = std::string(ledger::as_text(lost.anchor_note)),
                                     .unclaimed = unclaimed_seats(nothing, &lost.anchor),
                                     .server_certificate = lost.certificate};
    std::vector<ledger::EventDraft> drafts;
    drafts.push_back({actor, std::move(genesis), {}});
    drafts.push_back({actor, std::move(opened), {}});
    return drafts;
}

std::vector<ledger::Event> numbered(const ledger::Origin& origin, ledger::Timestamp now,
                                    const std::vector<ledger::EventDraft>& drafts) {
    std::vector<ledger::Event> events;
    events.reserve(drafts.size());
    for (const ledger::EventDraft& draft : drafts) {
        events.push_back({{events.size()}, now, origin.text(), draft.actor, {}, draft.body});
    }
    return events;
}

Result<Recovered> recreate_log(const LostLog& lost, const std::vector<ledger::EventDraft>& drafts,
                               ledger::Signer& signer, std::span<ledger::AnchorStore* const> anchors) {
    ACTLEDGER_CHECK(lost.folder->check_no_log());
    ACTLEDGER_TRY(const auto found, read_anchor(lost.suite, signer.public_key(), anchors));
    if (found != lost.anchor) return ledger::Error{errc::recovery_overtaken};
    AnchorWriter anchor(lost.suite, lost.anchor, signer, anchors);
    const ledger::Origin origin = origin_after(lost);
    ACTLEDGER_CHECK(anchor.write(origin, lost.anchor.head));
    ACTLEDGER_TRY(const ledger::ReleasedHead head, ledger::create_log(lost.folder, origin, drafts, lost.now, signer));
    ACTLEDGER_TRY(const auto checkpoint, ledger::SignedCheckpoint::parse(head.note));
    ACTLEDGER_CHECK(anchor.write(origin, checkpoint.checkpoint.head));
    return Recovered{origin, checkpoint.checkpoint.head, anchor.second_failing()};
}

}  // namespace snapshot
