#include "snapshot/replacement.hpp"

#include <algorithm>
#include <limits>

#include "ledger/license_file/license_terms.hpp"
#include "snapshot/errc.hpp"
#include "snapshot/lone_event.hpp"

namespace snapshot {
namespace {

using ledger::Anchor;
using ledger::AnchorStanding;
using ledger::Error;
using ledger::Result;
using Stage = Replacement::Stage;

/// As the old token had them, if that is known, and never fewer seats than the log and the event to come state.
std::vector<ledger::AnchorLicense> anchor_licenses(const ReplacementParts& parts, const Replacement& replacement) {
    std::vector<ledger::AnchorLicense> kept;
    if (parts.old_anchor) kept = parts.old_anchor->licenses;
    if (parts.new_anchor) kept = parts.new_anchor->licenses;
    const projections::Licenses& licenses = parts.state.licenses();
    for (std::uint16_t i = 0; i < licenses.size(); ++i) {
        const projections::License& license = licenses.at({i});
        const std::string& id = license.terms.license_id;
        auto found = std::ranges::find(kept, id, &ledger::AnchorLicense::license_id);
        if (found == kept.end()) {
            if (kept.size() == ledger::anchor_licenses_max) continue;  // as AnchorService does: it gives no seats
            found = kept.insert(found, {id, {}, {}, 0});
        }
        found->state = projections::anchor_state(license.status);
        found->terms_digest = parts.suite.hash(ledger::as_bytes(ledger::license_terms_json(license.terms)));
        for (const LicenseLoss& one : replacement.licenses) {
            if (one.license_id == id) found->reserved = std::max(found->reserved, one.held + one.unclaimed);
        }
    }
    std::ranges::sort(kept, {}, &ledger::AnchorLicense::license_id);
    return kept;
}

/// Signs anchors with the new key and puts them in all places.
class NewAnchor {
 public:
    NewAnchor(const ReplacementParts& parts, const Replacement& replacement, ledger::Signer& signer,
              std::span<ledger::AnchorStore* const> stores)
        : suite_(parts.suite), signer_(signer), stores_(stores) {
        ACTLEDGER_ASSERT(!stores.empty());
        anchor_.origin = replacement.opens;
        anchor_.counter = 0;
        if (parts.old_anchor) anchor_.counter = parts.old_anchor->counter;
        if (parts.new_anchor) anchor_.counter = std::max(anchor_.counter, parts.new_anchor->counter);
        anchor_.device_salt = parts.state.identity().genesis()->device_salt;
        parts.state.identity().keys().name_in(anchor_);
        if (!anchor_.keys.back().is(parts.suite, parts.file.new_key)) {
            anchor_.add_key({.epoch = anchor_.keys.back().epoch + 1,
                             .incarnation = replacement.opens.incarnation,
                             .key = parts.file.new_key.compressed(),
                             .digest = {}});
        }
        anchor_.licenses = anchor_licenses(parts, replacement);
    }

    Result<void> write(const ledger::TreeHead& head, std::size_t stores) {
        anchor_.head = head;
        ++anchor_.counter;
        ACTLEDGER_TRY(const ledger::Bytes note, ledger::sign_anchor(suite_, anchor_, signer_));
        ACTLEDGER_CHECK(stores_.front()->replace(note));
        second_failing_.reset();
        for (ledger::AnchorStore* second : stores_.subspan(1, stores - 1)) {
            if (auto put = second->replace(note); !put) second_failing_ = std::move(put).error();
        }
        return {};
    }
    [[nodiscard]] const std::optional<Error>& second_failing() const { return second_failing_; }

 private:
    const ledger::Suite& suite_;
    ledger::Signer& signer_;
    const std::span<ledger::AnchorStore* const> stores_;
    Anchor anchor_;
    std::optional<Error> second_failing_;
};

ledger::IncarnationOpened opening(const ReplacementParts& parts, const Replacement& replacement,
                                  const std::string& kept_note) {
    ledger::IncarnationOpened opened{.incarnation = replacement.opens.incarnation,
                                     .reason = ledger::IncarnationOpened::Reason::reendorsed,
                                     .kept_head = kept_note,
                                     .known_head = replacement.known_note,
                                     .unclaimed = {},
                                     .reendorsement = parts.file.reendorsement_bin,
                                     .server_certificate = parts.file.server_certificate.der()};
    opened.unclaimed = unclaimed_by(parts.state, opened);
    return opened;
}

Result<void> check_file(const ReplacementParts& parts, ledger::TreeSize size) {
    ledger::LicenseFacts revoked;
    parts.state.licenses().add_facts(revoked);
    const projections::Identity& identity = parts.state.identity();
    ACTLEDGER_CHECK(ledger::check_reendorsement_for_ledger(
        parts.file, {identity.genesis()->server_id, identity.keys().spkis(), std::move(revoked.revoked_certificates),
                     size, parts.given_up}));
    ACTLEDGER_TRY(const auto vouched,
                  ledger::Frontier::load(parts.suite, parts.file.reendorsement.head->head.size, parts.log));
    return ledger::check_vouched_head(parts.file.reendorsement, vouched.head().root);
}

/// The new key's anchor, if it is no attempt of ours: those name a head that is known without it.
const Anchor* gone_on(const ReplacementParts& parts, const Replacement& replacement,
                      const std::optional<ledger::SignedCheckpoint>& witness) {
    if (!parts.new_anchor || parts.new_anchor->head.size.value == 0) return nullptr;
    const ledger::TreeHead& head = parts.new_anchor->head;
    const bool attempt = head == replacement.kept || (parts.old_anchor && head == parts.old_anchor->head) ||
                         (witness && head == witness->checkpoint.head);
    return attempt ? nullptr : &*parts.new_anchor;
}

/// The log is older than what the new key signed, or of another history.
Result<void> judge_gone_on(const ReplacementParts& parts, const Anchor& anchor, Replacement& replacement) {
    if (anchor.head.size > replacement.kept.size) {
        replacement.known_note = parts.new_anchor_note;
        replacement.missing = ledger::Checkpoint{anchor.origin, anchor.head};
        return {};
    }
    ACTLEDGER_TRY(const auto edge, ledger::Frontier::load(parts.suite, anchor.head.size, parts.log));
    if (edge.head() == anchor.head) return {};
    return Error{errc::replacement_went_on,
                 {},
                 {{"anchor_origin", anchor.origin.text()}, {"anchor_size", std::to_string(anchor.head.size.value)}}};
}

/// What is known to be missing, and by what the event says so, as far as keys that auditors know have signed it.
Result<void> find_proven(const ReplacementParts& parts, Replacement& replacement) {
    std::optional<ledger::SignedCheckpoint> witness;
    if (!parts.witness_note.empty()) {
        ACTLEDGER_TRY(witness, ledger::SignedCheckpoint::parse(parts.witness_note));
    }
    if (const Anchor* const newest = gone_on(parts, replacement, witness)) {
        ACTLEDGER_CHECK(judge_gone_on(parts, *newest, replacement));
        if (replacement.missing) return {};
    }
    if (parts.old_anchor) {
        ACTLEDGER_TRY(const AnchorStanding standing,
                      compare_with_anchor(parts.suite, parts.log, replacement.log_origin,
                                          parts.state.identity().incarnations(), *parts.old_anchor));
        if (standing == AnchorStanding::inconsistent || standing == AnchorStanding::foreign) {
            return Error{errc::replacement_contradicted,
                         {},
                         {{"anchor_origin", parts.old_anchor->origin.text()},
                          {"anchor_size", std::to_string(parts.old_anchor->head.size.value)}}};
        }
        if (standing == AnchorStanding::behind) {
            replacement.known_note = parts.old_anchor_note;
            replacement.missing = ledger::Checkpoint{parts.old_anchor->origin, parts.old_anchor->head};
            return {};
        }
    }
    if (witness) {
        replacement.known_note = parts.witness_note;
        replacement.missing = witness->checkpoint;
    } else if (parts.tail == LogTail::restored) {
        ACTLEDGER_TRY(const ledger::ReleasedHead kept, parts.log.last_head());
        replacement.known_note = kept.note;
    }
    return {};
}

/// What another key did after this log bounds no anchor here: whatever is left of the licences may have been given.
Result<void> find_known(const ReplacementParts& parts, Replacement& replacement) {
    ACTLEDGER_CHECK(find_proven(parts, replacement));
    if (!parts.shown_later) return {};
    ACTLEDGER_TRY(const ledger::ReleasedHead kept, parts.log.last_head());
    replacement.known_note = parts.witness_note.empty() ? kept.note : parts.witness_note;
    const auto rank = [](const ledger::Checkpoint& head) { return std::pair(head.origin.incarnation, head.head.size); };
    if (!replacement.missing || rank(*replacement.missing) < rank(*parts.shown_later)) {
        replacement.missing = parts.shown_later;
    }
    return {};
}

std::vector<LicenseLoss> list_licenses(const ReplacementParts& parts, const Replacement& replacement) {
    std::vector<LicenseLoss> licenses;
    const projections::LedgerState& state = parts.state;
    for (std::uint16_t i = 0; i < state.licenses().size(); ++i) {
        const projections::License& license = state.licenses().at({i});
        if (license.successor) continue;  // its seats count there
        licenses.push_back({license.terms.license_id, license.terms.quantity, state.seats().taken_of({i}), 0});
    }
    for (const ledger::UnclaimedSeats& one : opening(parts, replacement, {}).unclaimed) {
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

/// A hand-over to this key that is in the log already.
Result<Stage> stage_of(const ReplacementParts& parts, const Replacement& replacement) {
    const projections::Identity& identity = parts.state.identity();
    const ledger::KeyEpoch& present = identity.keys().present();
    if (!(present.key == parts.file.new_key) || present.number == 1) return Stage::due;
    if (!parts.new_anchor) return Stage::done;  // an anchor that was lost since is not made anew
    ACTLEDGER_TRY(const AnchorStanding standing, compare_with_anchor(parts.suite, parts.log, replacement.log_origin,
                                                                     identity.incarnations(), *parts.new_anchor));
    const bool not_told = parts.new_anchor->head.size < ledger::size_through(present.begun_by);
    const bool only_hand_over = replacement.kept.size == ledger::size_through(present.begun_by);
    if (standing == AnchorStanding::unfinished) return Stage::unfinished;
    return standing == AnchorStanding::ahead && not_told && only_hand_over ? Stage::unfinished : Stage::done;
}

/// @return errc::replacement_numbers_end
Result<std::uint32_t> next_incarnation(const ReplacementParts& parts, const Replacement& replacement) {
    std::uint64_t newest =
        std::max(replacement.log_origin.incarnation, parts.file.reendorsement.head->origin.incarnation);
    if (parts.old_anchor) newest = std::max<std::uint64_t>(newest, parts.old_anchor->origin.incarnation);
    if (replacement.missing) newest = std::max<std::uint64_t>(newest, replacement.missing->origin.incarnation);
    if (parts.shown_later) newest = std::max<std::uint64_t>(newest, parts.shown_later->origin.incarnation);
    if (parts.tail == LogTail::restored) newest += ledger::incarnations_left;
    // Attempts of ours are among these: an attempt uses its number up, and needs no gap.
    newest = std::max<std::uint64_t>(newest, parts.newest_seen);
    if (parts.new_anchor) newest = std::max<std::uint64_t>(newest, parts.new_anchor->origin.incarnation);
    if (newest >= std::numeric_limits<std::uint32_t>::max()) {
        return Error{errc::replacement_numbers_end, {}, {{"newest", std::to_string(newest)}}};
    }
    return static_cast<std::uint32_t>(newest + 1);
}

}  // namespace

Result<Replacement> find_replacement(const ReplacementParts& parts) {
    const projections::Identity& identity = parts.state.identity();
    Replacement replacement;
    ACTLEDGER_TRY(replacement.log_origin, ledger::Origin::parse(identity.origin()));
    ACTLEDGER_TRY(const ledger::TreeSize size, parts.log.size());
    ACTLEDGER_TRY(const ledger::Frontier edge, ledger::Frontier::load(parts.suite, size, parts.log));
    replacement.kept = edge.head();
    replacement.opens = replacement.log_origin;
    ACTLEDGER_TRY(replacement.stage, stage_of(parts, replacement));
    if (replacement.stage == Stage::due) {
        ACTLEDGER_CHECK(check_file(parts, size));
        ACTLEDGER_CHECK(find_known(parts, replacement));
        ACTLEDGER_TRY(replacement.opens.incarnation, next_incarnation(parts, replacement));
    }
    replacement.licenses = list_licenses(parts, replacement);
    return replacement;
}

Result<Recovered> hand_over(const ReplacementParts& parts, const Replacement& replacement, ledger::Signer& signer,
                            std::span<ledger::AnchorStore* const> anchors) {
    ACTLEDGER_ASSERT(replacement.stage != Stage::done);
    ACTLEDGER_ASSERT(signer.public_key() == parts.file.new_key);
    NewAnchor anchor(parts, replacement, signer, anchors);
    if (replacement.stage == Stage::unfinished) {
        ACTLEDGER_CHECK(anchor.write(replacement.kept, anchors.size()));
        return Recovered{replacement.opens, replacement.kept, anchor.second_failing()};
    }
    // The new token alone: what the old key said elsewhere stays until the hand-over is in the log.
    // With the head that the event will name, so that a start after a stop sees what is left to do.
    ledger::TreeHead known = replacement.kept;
    if (!replacement.known_note.empty()) {
        ACTLEDGER_TRY(const auto named, ledger::KnownHead::parse(replacement.known_note));
        known = named.checkpoint.head;
    }
    ACTLEDGER_CHECK(anchor.write(known, 1));
    ACTLEDGER_TRY(const ledger::ReleasedHead kept, parts.log.last_head());
    ACTLEDGER_TRY(const ledger::TreeHead head, append_alone(parts.suite, parts.log, parts.state, replacement.opens,
                                                            parts.state.identity().keys().present().key,
                                                            opening(parts, replacement, kept.note), signer));
    ACTLEDGER_CHECK(anchor.write(head, anchors.size()));
    return Recovered{replacement.opens, head, anchor.second_failing()};
}

}  // namespace snapshot
