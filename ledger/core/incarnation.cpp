#include "ledger/core/incarnation.hpp"

#include <algorithm>
#include <utility>

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

Error wrong(const char* what) { return {errc::incarnation_wrong, what}; }

Error wrong_origin(const std::string& found, const std::string& expected) {
    return {errc::wrong_origin, found, {{"origin", found}, {"expected", expected}}};
}

}  // namespace

Result<KnownHead> KnownHead::parse(std::string_view note) {
    ACTLEDGER_TRY(SignedNote parsed, SignedNote::parse(note));
    if (Anchor::is_body(parsed.body)) {
        ACTLEDGER_TRY(Anchor anchor, Anchor::parse_body(parsed.body));
        Checkpoint checkpoint{anchor.origin, anchor.head};
        return KnownHead{std::move(parsed), std::move(checkpoint), std::move(anchor)};
    }
    ACTLEDGER_TRY(Checkpoint checkpoint, Checkpoint::parse_body(parsed.body));
    return KnownHead{std::move(parsed), std::move(checkpoint), std::nullopt};
}

void Incarnations::apply(const Event& event) {
    const auto* opened = std::get_if<IncarnationOpened>(&event.body);
    if (opened == nullptr) {
        if (present_ != 0) return;
        const auto origin = Origin::parse(event.origin);
        first_ = present_ = origin ? origin->incarnation : 1;
        return;
    }
    Incarnation& next = opened_.emplace_back();
    next.number = opened->incarnation;
    next.opened_by = event.sequence_number;
    next.reason = opened->reason;
    if (const auto known = KnownHead::parse(opened->known_head)) next.known = known->checkpoint;
    present_ = opened->incarnation;
}

Incarnations Incarnations::restored(std::uint32_t first, std::vector<Incarnation> opened) {
    Incarnations all;
    all.first_ = first;
    all.present_ = opened.empty() ? first : opened.back().number;
    all.opened_ = std::move(opened);
    return all;
}

const Incarnation* Incarnations::end_of(std::uint32_t number) const {
    const auto end = std::ranges::find_if(opened_, [&](const Incarnation& next) { return next.number > number; });
    return end == opened_.end() ? nullptr : &*end;
}

bool Incarnations::must_have(const Checkpoint& head) const {
    const std::uint32_t number = head.origin.incarnation;
    const Incarnation* end = end_of(number);
    if (end == nullptr) return true;
    const bool here = number == first_ || std::ranges::find(opened_, number, &Incarnation::number) != opened_.end();
    // A client's head closed it: there were two histories under its origin, and the log goes on from one of them.
    if (end->reason == IncarnationOpened::Reason::witness) return false;
    return here && head.head.size <= end->kept();
}

bool Incarnations::has_kept(std::uint32_t number, SequenceNumber index) const {
    const bool here = number == first_ || std::ranges::find(opened_, number, &Incarnation::number) != opened_.end();
    const Incarnation* end = end_of(number);
    return here && (end == nullptr || index.value < end->kept().value);
}

std::uint32_t Incarnations::number_of(SequenceNumber index) const {
    std::uint32_t number = first_;
    for (const Incarnation& next : opened_) {
        if (next.opened_by <= index) number = next.number;
    }
    return number;
}

Result<void> OriginOrder::add(const Event& event) {
    const auto* opened = std::get_if<IncarnationOpened>(&event.body);
    const bool after_clearing = std::exchange(cleared_, std::holds_alternative<KeyCleared>(event.body));
    Result<void> judged;
    if (opened != nullptr) {
        judged = check_opening(event, *opened);
    } else if (event.sequence_number.value == 1 && !origin_.empty() && !origin_.ends_with("/1")) {
        judged = wrong("a first incarnation beyond 1 does not say what was lost");
    } else if (event.origin != origin_ && !origin_.empty() && !unknown_) {
        return wrong_origin(event.origin, origin_);
    }
    if (event.origin != origin_) origin_ = event.origin;
    unknown_ = false;
    // A key that was destroyed signs no hand-over: only the vendor's brings the ledger back.
    const bool vendor_says = opened != nullptr && by_vendor(opened->reason);
    if (judged && after_clearing && !vendor_says) return wrong("the key was destroyed before it");
    return judged;
}

Result<void> OriginOrder::check_opening(const Event& event, const IncarnationOpened& opened) const {
    ACTLEDGER_TRY(const Origin origin, Origin::parse(event.origin));
    if (origin.incarnation != opened.incarnation) return wrong("another number than its origin's");
    if (origin_.empty()) return wrong("it is the first event");
    ACTLEDGER_CHECK(check_kept(event, opened));
    return check_known(origin, opened);
}

Result<void> OriginOrder::check_kept(const Event& event, const IncarnationOpened& opened) const {
    ACTLEDGER_TRY(const Origin origin, Origin::parse(event.origin));
    if (begins_log(opened.reason)) {
        // The first events of a new log; the genesis bears the new origin already.
        if (event.sequence_number.value != 1) return wrong("a log that was lost has nothing before it");
        if (!unknown_ && event.origin != origin_) return wrong_origin(event.origin, origin_);
        // The vendor's file says it if the key is lost, too, and no client showed anything.
        if (opened.known_head.empty() && !by_vendor(opened.reason)) return wrong("nothing says what was lost");
        return {};
    }
    if (!unknown_) {
        ACTLEDGER_TRY(const Origin before, Origin::parse(origin_));
        if (origin.server_id != before.server_id) return wrong_origin(event.origin, origin_);
        if (origin.incarnation <= before.incarnation) return wrong("its number is not greater than the one before");
    }
    const auto kept = SignedCheckpoint::parse(opened.kept_head);
    if (!kept) return wrong("keptHead is no checkpoint");
    if (kept->checkpoint.head.size.value != event.sequence_number.value) return wrong("keptHead is of another size");
    const bool is_stored =
        last_head_ && last_head_->head == kept->checkpoint.head && last_head_->origin == kept->checkpoint.origin;
    if (!is_stored) return wrong("keptHead is no head of this log");
    if (keys_ != nullptr && !keys_->verify(suite_, kept->note, kept->checkpoint.origin)) {
        return wrong("keptHead is not signed by the server's key");
    }
    return {};
}

Result<void> OriginOrder::check_known(const Origin& origin, const IncarnationOpened& opened) const {
    if (opened.known_head.empty()) return {};
    const auto known = KnownHead::parse(opened.known_head);
    if (!known || known->checkpoint.origin.server_id != origin.server_id) return wrong("knownHead is none of ours");
    if (keys_ != nullptr && !keys_->verify(suite_, known->note, known->checkpoint.origin)) {
        return wrong("knownHead is not signed by the server's key");
    }
    if (opened.reason == IncarnationOpened::Reason::log_lost && !known->anchor) return wrong("knownHead is no anchor");
    const std::uint64_t next = std::uint64_t{known->checkpoint.origin.incarnation} + 1;
    if (opened.reason == IncarnationOpened::Reason::log_and_key_lost && origin.incarnation < next) {
        return wrong("its number was used before");
    }
    if (!known->anchor) return {};
    // The anchor of an earlier attempt is on another token than the one whose key is lost.
    const bool follows = by_vendor(opened.reason) ? origin.incarnation >= next : origin.incarnation == next;
    if (!follows) return wrong("its number does not follow the anchor's");
    return {};
}

Result<void> OriginOrder::add(const Checkpoint& head) {
    last_head_ = head;
    const std::string origin = head.origin.text();
    if (unknown_ || origin_.empty() || origin == origin_) return {};
    return wrong_origin(origin, origin_);
}

}  // namespace ledger
