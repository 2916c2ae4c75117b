#include "tools/verify/trust.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/key_search.hpp"
#include "tools/verify/errc.hpp"

namespace verify {
namespace {

constexpr EventRange event_zero{{0}, {0}};

/// @return nothing, with a finding, unless the bytes are a LedgerCreated.
std::optional<ledger::Event> read_genesis(ledger::ByteView stored, FindingList& findings) {
    if (stored.empty()) return std::nullopt;  // found as a missing event
    auto event = ledger::decode_event(stored);
    if (!event) return std::nullopt;  // found where all events are read
    if (!std::holds_alternative<ledger::LedgerCreated>(event->body)) {
        findings.add({FindingKind::history, ledger::Error{errc::genesis_misplaced}, event_zero});
        return std::nullopt;
    }
    return *std::move(event);
}

}  // namespace

Trust establish_trust(const ledger::Certificate& root, ledger::ByteView genesis, FindingList& findings) {
    Trust trust{root, &ledger::default_suite(), {}, {}, {}, {}, {}, {}};
    const auto event = read_genesis(genesis, findings);
    if (!event) return trust;
    const auto& created = std::get<ledger::LedgerCreated>(event->body);
    trust.suite = ledger::find_suite(created.suite);
    ACTLEDGER_ASSERT(trust.suite != nullptr);  // the codec refuses unknown suites

    if (!ledger::equal(created.vendor_root, root.der())) {
        findings.add({FindingKind::certificate,
                      ledger::Error{errc::root_differs,
                                    {},
                                    {{"pinned", ledger::hex_encode(trust.suite->hash(created.vendor_root).view())},
                                     {"given", ledger::hex_encode(root.fingerprint().view())}}},
                      event_zero});
    }
    auto key = ledger::PublicKey::from_spki(created.suite, created.public_key);
    if (!key) {
        findings.add({FindingKind::certificate, key.error(), event_zero});
        return trust;
    }
    trust.keys.apply(*event);
    // The codec has checked the origin's form.
    trust.origin = ledger::Origin::parse(event->origin).value();
    const std::string expected = ledger::derive_server_id(*trust.suite, *key);
    if (created.server_id != expected && ledger::begins_with_first_key(trust.origin)) {
        findings.add(
            {FindingKind::certificate,
             ledger::Error{errc::server_id_differs, {}, {{"found", created.server_id}, {"expected", expected}}},
             event_zero});
    }
    trust.origin_text = event->origin;
    trust.key_id = trust.suite->note_key_id(trust.origin_text, *key);
    if (trust.origin.server_id != created.server_id) {
        findings.add(
            {FindingKind::history,
             ledger::Error{
                 errc::origin_differs, {}, {{"origin", event->origin}, {"expected", created.server_id + "/1"}}},
             event_zero});
    }
    return trust;
}

ledger::Result<void> add_hand_overs(Trust& trust, const ledger::LogView& view, FindingList& findings) {
    if (trust.keys.empty()) return {};
    std::uint64_t newest = 0;
    ACTLEDGER_CHECK(view.visit_back(ledger::LogDatabase::heads, [&](ledger::ByteView key, ledger::ByteView) {
        newest = ledger::log_key_number(key).value_or(0);
        return newest == 0;
    }));
    const auto judge = [&](const ledger::Event& event, const ledger::KeyEpochs& before) -> ledger::Result<void> {
        auto file = ledger::verify_key_change(event, before, trust.root);
        if (file) {
            if (*file) trust.vouched.push_back({event.sequence_number, std::move((*file)->reendorsement)});
            return {};
        }
        trust.refused.push_back(event.sequence_number);
        findings.add(
            {FindingKind::certificate, file.error(), EventRange{event.sequence_number, event.sequence_number}});
        return file.error();
    };
    ACTLEDGER_TRY(trust.keys, ledger::find_key_epochs(ledger::key_search_in(view), {newest}, judge));
    return {};
}

ledger::Result<ledger::SignedCheckpoint> read_head(const Trust& trust, std::uint64_t size, std::string_view note) {
    ACTLEDGER_TRY(auto head, ledger::SignedCheckpoint::parse(note));
    if (head.checkpoint.head.size.value != size) {
        return ledger::Error{
            errc::head_misplaced,
            {},
            {{"size", std::to_string(size)}, {"found", std::to_string(head.checkpoint.head.size.value)}}};
    }
    // Which incarnation it must be of is known where heads and events are in order (origins_fold.hpp).
    const ledger::Origin& origin = head.checkpoint.origin;
    if (origin.server_id != trust.origin.server_id) {
        return ledger::Error{ledger::errc::wrong_origin, origin.text()};
    }
    const auto& lines = head.note.signatures;
    const bool known = lines.size() == 1 && ((origin == trust.origin && lines.front().key_id == trust.key_id) ||
                                             trust.keys.is_key_id(*trust.suite, origin, lines.front().key_id));
    if (!known) {
        return ledger::Error{ledger::errc::unknown_key, "a stored head has one signature line, of the ledger's key"};
    }
    return head;
}

ledger::Result<void> verify_head(const Trust& trust, const ledger::SignedCheckpoint& head) {
    return trust.keys.verify(*trust.suite, head.note, head.checkpoint.origin);
}

Finding head_finding(ledger::Error error, std::uint64_t size) {
    error.detail = "head of size " + std::to_string(size) + (error.detail.empty() ? "" : ": ") + error.detail;
    std::optional<EventRange> events;
    if (size > 0) events = EventRange{{size - 1}, {size - 1}};
    return {FindingKind::head, std::move(error), events};
}

}  // namespace verify
