#include "snapshot/lost_ledger.hpp"

#include <algorithm>

#include "ledger/core/incarnation.hpp"
#include "ledger/store_write/log_creation.hpp"
#include "snapshot/anchor_writer.hpp"
#include "snapshot/errc.hpp"

namespace snapshot {
namespace {

using ledger::Result;

const ledger::LostLogTerms& terms_of(const LostLedger& lost) {
    ACTLEDGER_ASSERT(lost.file.reendorsement.lost_log.has_value());
    return *lost.file.reendorsement.lost_log;
}

std::optional<ledger::Anchor> old_anchor_of(const LostLedger& lost) {
    auto known = ledger::KnownHead::parse(lost.known_note);
    return known ? std::move(known->anchor) : std::nullopt;
}

/// What the old token remembered, if that is known, what the vendor knows, and never fewer seats than the event states.
std::vector<ledger::AnchorLicense> anchor_licenses(const LostLedger& lost, const ledger::IncarnationOpened& opened) {
    std::vector<ledger::AnchorLicense> kept;
    if (const auto old_anchor = old_anchor_of(lost)) kept = old_anchor->licenses;
    for (ledger::AnchorLicense& license : kept) license.reserved = 0;
    for (const auto& live : terms_of(lost).licenses) {
        auto found = std::ranges::find(kept, live.license_id, &ledger::AnchorLicense::license_id);
        if (found == kept.end()) {
            if (kept.size() == ledger::anchor_licenses_max) continue;  // as AnchorService does: it gives no seats
            found = kept.insert(found, {live.license_id, {}, {}, 0});
        }
        found->state = ledger::AnchorLicense::State::live;
        found->terms_digest = live.terms_digest;
    }
    for (const ledger::UnclaimedSeats& one : opened.unclaimed) {
        const auto found = std::ranges::find(kept, one.license_id, &ledger::AnchorLicense::license_id);
        if (found != kept.end()) found->reserved = one.seats;
    }
    std::ranges::sort(kept, {}, &ledger::AnchorLicense::license_id);
    return kept;
}

/// The first one on the new token that is of this server: nothing was released under its origin.
ledger::Anchor new_anchor(const LostLedger& lost, const ledger::IncarnationOpened& opened) {
    ledger::Anchor anchor;
    anchor.counter = lost.attempt ? lost.attempt->counter : 1;
    anchor.device_salt = lost.device_salt;
    anchor.keys = {{1, 1, lost.old_key.compressed(), {}}, {2, opened.incarnation, lost.file.new_key.compressed(), {}}};
    anchor.licenses = anchor_licenses(lost, opened);
    return anchor;
}

}  // namespace

ledger::Origin origin_after(const LostLedger& lost) {
    std::uint32_t number = terms_of(lost).incarnation;
    if (lost.attempt) number = std::max(number, lost.attempt->origin.incarnation + 1);
    number = std::max(number, lost.newest_seen + 1);
    return {lost.file.reendorsement.server_id, number};
}

std::vector<ledger::EventDraft> first_events(const LostLedger& lost) {
    const ledger::Actor actor{
        ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}};
    const ledger::Origin origin = origin_after(lost);
    const projections::LedgerState nothing;
    ledger::LedgerCreated genesis{lost.suite.id(), origin.server_id, lost.old_key.spki(),
                                  lost.root.der(), lost.device_salt, lost.software_version};
    ledger::IncarnationOpened opened{.incarnation = origin.incarnation,
                                     .reason = ledger::IncarnationOpened::Reason::log_and_key_lost,
                                     .kept_head = {},
                                     .known_head = lost.known_note,
                                     .unclaimed = {},
                                     .reendorsement = lost.file.reendorsement_bin,
                                     .server_certificate = lost.file.server_certificate.der()};
    opened.unclaimed = unclaimed_by(nothing, opened);
    std::vector<ledger::EventDraft> drafts;
    drafts.push_back({actor, std::move(genesis), {}});
    drafts.push_back({actor, std::move(opened), {}});
    return drafts;
}

Result<Recovered> recreate_log(const LostLedger& lost, const std::vector<ledger::EventDraft>& drafts,
                               ledger::Signer& signer, std::span<ledger::AnchorStore* const> anchors) {
    ACTLEDGER_ASSERT(signer.public_key() == lost.file.new_key);
    const ledger::Origin origin = origin_after(lost);
    const auto* opened = std::get_if<ledger::IncarnationOpened>(&drafts.at(1).body);
    ACTLEDGER_ASSERT(opened != nullptr);
    ACTLEDGER_CHECK(lost.folder->check_no_log());
    ACTLEDGER_TRY(auto found, read_anchor(lost.suite, signer.public_key(), anchors));
    if (found && found->origin.server_id != origin.server_id) found.reset();  // of the making of the key
    if (found != lost.attempt) return ledger::Error{errc::recovery_overtaken};
    const ledger::Anchor first = new_anchor(lost, *opened);
    // The new token alone: what the old key said elsewhere stays until the log is there.
    AnchorWriter before(lost.suite, first, signer, anchors.first(1));
    ACTLEDGER_CHECK(before.write(origin, {{0}, lost.suite.empty_root()}));
    ACTLEDGER_TRY(const ledger::ReleasedHead head, ledger::create_log(lost.folder, origin, drafts, lost.now, signer));
    ACTLEDGER_TRY(const auto checkpoint, ledger::SignedCheckpoint::parse(head.note));
    AnchorWriter after(lost.suite, before.anchor(), signer, anchors);
    ACTLEDGER_CHECK(after.write(origin, checkpoint.checkpoint.head));
    return Recovered{origin, checkpoint.checkpoint.head, after.second_failing()};
}

}  // namespace snapshot
