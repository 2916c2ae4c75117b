#include "tests/corpus/life.hpp"

#include "ledger/core/adoption_proof.hpp"
#include "ledger/core/event_codec.hpp"
#include "projections/state/unclaimed_seats.hpp"

namespace corpus {

using ledger::IncarnationOpened;

void Life::append_at(ledger::EventDraft draft, ledger::Timestamp at) {
    maker_.append_at(std::span(&draft, 1), at);
    last_ = at;
}

std::uint64_t Life::append(ledger::EventDraft draft) {
    now_ = now_ + ledger::minute;
    append_at(std::move(draft), now_);
    return maker_.size() - 1;
}

void Life::activate(std::uint64_t first_device, std::uint64_t last_device) {
    for (std::uint64_t device = first_device; device <= last_device; ++device) append(maker_.activation(device));
}

ledger::Seat Life::leased(ledger::Seat seat) const {
    seat.lease_ends = now_ + ledger::minute + ledger::day * lease_days;
    seat.grace_ends = seat.lease_ends + ledger::day * grace_days;
    return seat;
}

void Life::activate_and_lose(std::uint64_t device, const std::string& name) {
    const ledger::SequenceNumber number{append(maker_.activation(device))};
    ACTLEDGER_ASSERT(lost_files_.emplace(name, maker_.activation_file(number)).second);
}

void Life::adopt(const std::string& name) {
    const auto proven = ledger::adoption_of(ledger::ActivationFile::parse(lost_files_.at(name)).value());
    const ledger::Seat seat = ledger::read_adoption(proven).value().seat();
    const std::uint64_t proof = append(device_itself, proven);
    append(device_itself, ledger::SeatAdopted{leased(seat), ledger::SequenceNumber{proof}});
    append(device_itself, ledger::SeatRenewed{leased(seat)});
}

void Life::copy_disk() {
    std::filesystem::remove_all(copied());
    std::filesystem::copy(maker_.folder(), copied(), std::filesystem::copy_options::recursive);
    last_copied_ = last_;
}

void Life::lose_rest() {
    maker_.set_back(copied());
    last_ = last_copied_;
}

std::unique_ptr<projections::LedgerState> Life::folded() const {
    auto state = std::make_unique<projections::LedgerState>();
    const auto log = ledger::open_log_reader(maker_.folder()).value();
    log->visit_events({0}, log->size().value(),
                      [&](ledger::SequenceNumber, ledger::ByteView event) {
                          state->apply(ledger::decode_event(event).value());
                          return true;
                      })
        .value();
    return state;
}

ledger::Digest Life::terms_digest() const {
    return ledger::default_suite().hash(ledger::as_bytes(ledger::license_terms_json(terms_)));
}

std::string Life::anchor_note(std::uint64_t reserved, AnchorVersion version) {
    const ledger::Suite& suite = ledger::default_suite();
    ledger::Anchor anchor = maker_.anchor(maker_.tree_head(), reserved);
    folded()->identity().keys().name_in(anchor);
    using State = ledger::AnchorLicense::State;
    anchor.licenses = {{"L-0", State::superseded, suite.hash(ledger::as_bytes("L-0")), 0},
                       {"L-1", State::live, terms_digest(), reserved},
                       {"L-9", State::revoked, suite.hash(ledger::as_bytes("L-9")), 0}};
    if (version == AnchorVersion::one) {
        for (ledger::AnchorKey& key : anchor.keys) {
            const auto point = ledger::PublicKey::from_compressed(suite.id(), key.key).value();
            key = {key.epoch, 1, {}, suite.hash(point.spki())};
        }
    }
    return std::string(ledger::as_text(ledger::sign_anchor(suite, anchor, maker_.server_key()).value()));
}

void Life::open(IncarnationOpened opened) {
    opened.unclaimed = projections::unclaimed_by(*folded(), opened);
    maker_.go_on_as(opened.incarnation);
    append_at({two_people, std::move(opened), {}}, last_);
}

void Life::open(IncarnationOpened::Reason reason, std::uint32_t incarnation, std::string known_head) {
    IncarnationOpened opened;
    opened.incarnation = incarnation;
    opened.reason = reason;
    opened.kept_head = maker_.last_head();
    opened.known_head = std::move(known_head);
    open(std::move(opened));
}

void Life::rotate(std::uint32_t incarnation) {
    auto next = ledger::PrivateKey::generate();
    IncarnationOpened opened = maker_.rotation(incarnation, next.public_key(), vendor_);
    maker_.go_on_with(std::move(next), vendor_);
    open(std::move(opened));
}

void Life::replace_key(std::uint32_t incarnation, const std::string& id, std::string known_head) {
    auto next = ledger::PrivateKey::generate();
    ledger::Reendorsement file = maker_.reendorsement(next.public_key(), vendor_);
    file.reendorsement_id = id;
    IncarnationOpened opened = maker_.hand_over(incarnation, file, vendor_);
    opened.known_head = std::move(known_head);
    maker_.go_on_with(std::move(next), vendor_);
    open(std::move(opened));
}

void Life::begin_anew(const ledger::Origin& origin, const std::vector<ledger::EventDraft>& first,
                      ledger::PrivateKey* key) {
    std::filesystem::remove_all(copied());
    (void)ledger::create_log(copied(), origin, first, now_, key != nullptr ? *key : maker_.server_key()).value();
    maker_.set_back(copied());
    maker_.go_on_as(origin.incarnation);
    if (key != nullptr) maker_.go_on_with(std::move(*key), vendor_);
    last_ = now_;
}

}  // namespace corpus
