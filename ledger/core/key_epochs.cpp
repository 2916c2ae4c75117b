#include "ledger/core/key_epochs.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/incarnation.hpp"

namespace ledger {

void KeyEpochs::apply(const Event& event) {
    const auto* created = std::get_if<LedgerCreated>(&event.body);
    const auto* opened = std::get_if<IncarnationOpened>(&event.body);
    if (created == nullptr && opened == nullptr) return;
    const auto origin = Origin::parse(event.origin);
    if (!origin) return;
    const std::uint32_t before = newest_incarnation_;
    newest_incarnation_ = origin->incarnation;
    if (created != nullptr && epochs_.empty()) {
        auto key = PublicKey::from_spki(created->suite, created->public_key);
        if (!key) return;
        epochs_.push_back({1, event.sequence_number, origin->incarnation, origin->incarnation, *std::move(key), {}});
    } else if (opened != nullptr && opened->reason == IncarnationOpened::Reason::log_lost) {
        if (opened->hands_over() && !epochs_.empty()) take_from_anchor(event, *opened);
    } else if (opened != nullptr && opened->hands_over() && !epochs_.empty()) {
        const auto certificate = Certificate::from_der(opened->server_certificate);
        if (!certificate) return;
        auto key = certificate->public_key(find_suite_of_key(epochs_.front().key.spki())->id());
        if (!key) return;
        // A new log is under the new origin from its first event on, which names the key that was lost.
        const std::uint32_t from = begins_log(opened->reason) ? origin->incarnation : before + 1;
        epochs_.push_back({epochs_.back().number + 1, event.sequence_number, from, origin->incarnation, *std::move(key),
                           opened->server_certificate});
    }
}

/// The log that had the hand-overs is lost. The anchor names the keys, and the last of them signed it.
void KeyEpochs::take_from_anchor(const Event& event, const IncarnationOpened& opened) {
    const auto known = KnownHead::parse(opened.known_head);
    if (!known || !known->anchor) return;
    const SuiteId suite = find_suite_of_key(epochs_.front().key.spki())->id();
    std::vector<KeyEpoch> named;
    for (const AnchorKey& one : known->anchor->keys) {
        if (one.digest) return;
        auto key = PublicKey::from_compressed(suite, one.key);
        if (!key) return;
        named.push_back({one.epoch, event.sequence_number, one.incarnation, one.incarnation, *std::move(key), {}});
    }
    if (named.size() < 2 || !(named.front().key == epochs_.front().key)) return;
    named.front().begun_by = epochs_.front().begun_by;
    named.back().certificate = opened.server_certificate;
    epochs_ = std::move(named);
}

KeyEpochs KeyEpochs::restored(std::vector<KeyEpoch> epochs, std::uint32_t newest_incarnation) {
    KeyEpochs all;
    all.newest_incarnation_ = newest_incarnation;
    all.epochs_ = std::move(epochs);
    return all;
}

const KeyEpoch& KeyEpochs::present() const {
    ACTLEDGER_ASSERT(!epochs_.empty());
    return epochs_.back();
}

const KeyEpoch& KeyEpochs::first() const {
    ACTLEDGER_ASSERT(!epochs_.empty());
    return epochs_.front();
}

std::vector<Bytes> KeyEpochs::spkis() const {
    std::vector<Bytes> keys;
    for (const KeyEpoch& epoch : epochs_) keys.push_back(epoch.key.spki());
    return keys;
}

void KeyEpochs::name_in(Anchor& anchor) const {
    anchor.keys.clear();
    for (const KeyEpoch& epoch : epochs_) {
        // The first one may have signed under any number that is earlier than the next one's.
        const std::uint32_t incarnation = epoch.number == 1 ? 1 : epoch.incarnation;
        anchor.add_key({epoch.number, incarnation, epoch.key.compressed(), {}});
    }
}

bool KeyEpochs::can_sign(std::size_t index, std::uint32_t incarnation) const {
    const bool begun = index == 0 || incarnation >= epochs_[index].from_incarnation;
    const bool over = index + 1 < epochs_.size() && incarnation >= epochs_[index + 1].incarnation;
    return begun && !over;
}

Result<void> KeyEpochs::verify(const Suite& suite, const SignedNote& note, const Origin& origin) const {
    Result<void> verified = Error{errc::unknown_key, "no key of this ledger signs under " + origin.text()};
    for (std::size_t i = epochs_.size(); i-- > 0;) {
        if (!can_sign(i, origin.incarnation)) continue;
        auto by_this_one = verify_note(suite, note, origin.text(), epochs_[i].key);
        if (by_this_one) return by_this_one;
        // A line of this key that does not hold says more than that another key has none.
        if (verified.error().code == errc::unknown_key) verified = std::move(by_this_one);
    }
    return verified;
}

Result<void> KeyEpochs::verify_later(const Suite& suite, const SignedNote& note, const Origin& origin) const {
    auto verified = verify(suite, note, origin);
    if (!verified && verified.error().code == errc::unknown_key) return {};
    return verified;
}

bool KeyEpochs::is_key_id(const Suite& suite, const Origin& origin, const std::array<std::uint8_t, 4>& key_id) const {
    for (std::size_t i = 0; i < epochs_.size(); ++i) {
        if (can_sign(i, origin.incarnation) && suite.note_key_id(origin.text(), epochs_[i].key) == key_id) return true;
    }
    return false;
}

}  // namespace ledger
