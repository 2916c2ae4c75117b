#include "tools/node/other_labels.hpp"

#include <algorithm>

#include "hsm/folder_anchor_store.hpp"
#include "tools/node/errc.hpp"

namespace node {

using ledger::Anchor;
using ledger::Bytes;
using ledger::Error;
using ledger::Result;

namespace {

std::optional<Anchor> parse(const Bytes& note) {
    const auto parsed = ledger::SignedNote::parse(ledger::as_text(note));
    if (!parsed) return std::nullopt;
    auto anchor = Anchor::parse_body(parsed->body);
    return anchor ? std::optional(*std::move(anchor)) : std::nullopt;
}

auto rank(const Anchor& anchor) { return std::tuple(anchor.origin.incarnation, anchor.counter, anchor.head.size); }

void keep_newer(std::optional<OtherAnchor>& newest, const std::string& object, Anchor anchor) {
    if (!newest || rank(newest->anchor) < rank(anchor)) newest = OtherAnchor{object, std::move(anchor)};
}

/// Whether the key that signed `other` came after the one that is known here.
bool came_later(const KnownHere& here, const Anchor& other) {
    if (other.keys.back().is(here.suite, here.key)) return false;
    if (here.anchor != nullptr) {
        return other.origin.server_id == here.anchor->origin.server_id &&
               other.origin.incarnation > here.anchor->origin.incarnation;
    }
    // A log that was lost with its key is begun anew with the last one of its keys alone: the first one gave the id.
    return other.names(here.suite, here.key) ||
           other.origin.server_id == ledger::derive_server_id(here.suite, here.key);
}

/// Whether `other` says of no event that it was released under its key: until the hand-over is in the log it names the
/// head that was known before, or none.
Result<bool> is_attempt(const KnownHere& here, const Anchor& other) {
    if (other.head.size.value == 0) return true;
    if (here.anchor != nullptr && other.head == here.anchor->head) return true;
    if (here.log == nullptr) return false;
    ACTLEDGER_TRY(const ledger::TreeSize size, here.log->size());
    if (other.head.size > size) return false;
    ACTLEDGER_TRY(const auto edge, ledger::Frontier::load(here.suite, other.head.size, *here.log));
    return edge.head() == other.head;
}

Error named(errc code, const OtherAnchor& found) {
    return {code,
            {},
            {{"object", found.object},
             {"origin", found.anchor.origin.text()},
             {"size", std::to_string(found.anchor.head.size.value)}}};
}

}  // namespace

Result<std::optional<OtherAnchor>> find_gone_on(const KnownHere& here, std::span<const hsm::LabelledNote> others) {
    std::optional<OtherAnchor> newest;
    for (const hsm::LabelledNote& other : others) {
        auto anchor = parse(other.note);
        if (!anchor || !came_later(here, *anchor)) continue;
        ACTLEDGER_TRY(const bool attempt, is_attempt(here, *anchor));
        if (!attempt) keep_newer(newest, other.label, *std::move(anchor));
    }
    return newest;
}

Result<void> check_not_gone_on(const KnownHere& here, std::span<const hsm::LabelledNote> others) {
    ACTLEDGER_TRY(const auto found, find_gone_on(here, others));
    if (!found) return {};
    const ledger::Anchor& anchor = found->anchor;
    return Error{errc::hand_over_missing,
                 {},
                 {{"origin", anchor.origin.text()}, {"size", std::to_string(anchor.head.size.value)}}};
}

Result<std::optional<OtherAnchor>> find_well_key(const ledger::Suite& suite, const ledger::PublicKey& key,
                                                 std::span<const hsm::LabelledNote> notes,
                                                 const std::filesystem::path& anchor_folder,
                                                 const hsm::HasKey& has_key) {
    std::optional<OtherAnchor> own;
    for (const hsm::LabelledNote& one : notes) {
        auto anchor = ledger::verify_anchor(suite, one.note, key);
        if (anchor && anchor->head.size.value > 0) keep_newer(own, one.label, *std::move(anchor));
    }
    if (!own) return own;
    const auto took_over = [&](const Bytes& note) {
        const auto anchor = parse(note);
        return anchor && anchor->head.size.value > 0 && !anchor->keys.back().is(suite, key) &&
               anchor->names(suite, key);
    };
    // Under its own label an attempt of the next key stands beside the anchor that holds.
    const auto other_took_over = [&](const hsm::LabelledNote& one) {
        return one.label != own->object && took_over(one.note);
    };
    if (std::ranges::any_of(notes, other_took_over)) return std::nullopt;
    ACTLEDGER_TRY(const bool there, has_key(own->object, own->anchor.keys.back().epoch, key));
    if (!there) return std::nullopt;
    if (anchor_folder.empty()) return own;
    ACTLEDGER_TRY(const auto folder, hsm::FolderAnchorStore::open(anchor_folder));
    ACTLEDGER_TRY(const std::vector<Bytes> elsewhere, folder->read());
    return std::ranges::any_of(elsewhere, took_over) ? std::nullopt : std::move(own);
}

std::optional<OtherAnchor> find_key_elsewhere(const hsm::Options& options, std::span<const std::string> server_ids) {
    const ledger::Suite& suite = *ledger::find_suite(options.suite);
    const auto others = hsm::read_other_anchors(options);
    if (!others) return std::nullopt;
    std::optional<OtherAnchor> newest;
    for (const hsm::LabelledNote& other : *others) {
        auto anchor = parse(other.note);
        if (!anchor || anchor->head.size.value == 0 || anchor->keys.back().digest) continue;
        if (std::ranges::find(server_ids, anchor->origin.server_id) == server_ids.end()) continue;
        const auto key = ledger::PublicKey::from_compressed(options.suite, anchor->keys.back().key);
        if (!key || !ledger::verify_anchor(suite, other.note, *key)) continue;
        hsm::Options there = options;
        there.uri.object = other.label;
        there.epoch = anchor->keys.back().epoch;
        there.public_key = *key;
        if (hsm::check_key(there)) keep_newer(newest, other.label, *std::move(anchor));
    }
    return newest;
}

Result<void> check_not_outlived(const ledger::Suite& suite, const Anchor& anchor,
                                std::span<const hsm::LabelledNote> others) {
    for (const hsm::LabelledNote& other : others) {
        const auto earlier = parse(other.note);
        if (!earlier || earlier->origin.server_id != anchor.origin.server_id) continue;
        if (earlier->head.size <= anchor.head.size || earlier->counter < anchor.counter) continue;
        const auto of_key = std::ranges::find_if(anchor.keys, [&](const ledger::AnchorKey& key) {
            if (key.digest) return false;
            const auto parsed = ledger::PublicKey::from_compressed(suite.id(), key.key);
            return parsed && ledger::verify_anchor(suite, other.note, *parsed);
        });
        if (of_key != anchor.keys.end()) return named(errc::two_keys_signed, {other.label, *earlier});
    }
    return {};
}

Result<void> forget_given_up(const ledger::Suite& suite, const std::string& server_id,
                             std::span<const ledger::PublicKey> given_up, std::span<const hsm::LabelledNote> others,
                             hsm::Token& token) {
    for (const hsm::LabelledNote& other : others) {
        const bool of_given_up = std::ranges::any_of(given_up, [&](const ledger::PublicKey& key) {
            const auto anchor = ledger::verify_anchor(suite, other.note, key);
            return anchor && anchor->origin.server_id == server_id;
        });
        if (of_given_up) ACTLEDGER_CHECK(token.remove_other(other));
    }
    return {};
}

std::vector<ledger::PublicKey> given_up_keys(const ledger::KeyEpochs& keys, const ledger::PublicKey& present) {
    std::vector<ledger::PublicKey> given_up;
    for (const ledger::KeyEpoch& epoch : keys.all()) {
        if (!(epoch.key == present)) given_up.push_back(epoch.key);
    }
    return given_up;
}

Error key_of_other_object(const OtherAnchor& found) { return named(errc::key_of_other_object, found); }
Error key_well_on_token(const OtherAnchor& found) { return named(errc::key_well_on_token, found); }

}  // namespace node
