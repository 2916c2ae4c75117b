#include "tools/client/witness.hpp"

#include "ledger/core/activation_file.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event.hpp"
#include "ledger/core/shown_head.hpp"
#include "tools/client/errc.hpp"

namespace client {
namespace {

using Kind = WitnessVerdict::Kind;

std::string proof_text(const Consistency& answer) {
    std::string text;
    for (const auto& hash : answer.proof) text += ledger::base64_encode(hash.view()) + "\n";
    return text;
}

WitnessVerdict contradiction(std::string_view what, const std::string& remembered, const Consistency& answer) {
    return {
        Kind::contradiction, "",
        evidence_text(
            what, {{"signed before", remembered}, {"signed now", answer.checkpoint}, {"proof", proof_text(answer)}}),
        std::nullopt};
}

/// What a server that no longer has a head has to show: the event that opened the next incarnation, in its ledger.
ledger::Result<ledger::TreeHead> kept_head(const ledger::Checkpoint& before, const ledger::Checkpoint& now,
                                           const std::string& proof, const ledger::Certificate& root) {
    const ledger::Error refused{ledger::errc::incarnation_wrong, "does not explain the head that was signed before"};
    ACTLEDGER_TRY(const auto file, ledger::ActivationFile::parse(proof));
    ACTLEDGER_TRY(const auto verified, ledger::verify_logged_event(file, root));
    const auto* opened = std::get_if<ledger::IncarnationOpened>(&verified.event.body);
    if (opened == nullptr || verified.event.origin.substr(0, now.origin.server_id.size()) != now.origin.server_id) {
        return refused;
    }
    if (ledger::begins_log(opened->reason)) {
        const bool explains =
            before.origin.incarnation < opened->incarnation && opened->incarnation <= now.origin.incarnation;
        if (!explains || verified.event.sequence_number.value != 1) return refused;
        return ledger::TreeHead{{0}, ledger::default_suite().empty_root()};
    }
    ACTLEDGER_TRY(const auto kept, ledger::SignedCheckpoint::parse(opened->kept_head));
    const ledger::Checkpoint& head = kept.checkpoint;
    if (before.origin.incarnation >= opened->incarnation || opened->incarnation > now.origin.incarnation ||
        head.head.size.value != verified.event.sequence_number.value) {
        return refused;
    }
    // Within what was kept it must be there, unless its incarnation was lost whole, or was closed because of two
    // histories under it (docs/formats/event.md, "Incarnations").
    if (before.head.size <= head.head.size && before.origin.incarnation == head.origin.incarnation &&
        opened->reason != ledger::IncarnationOpened::Reason::witness) {
        return refused;
    }
    return head.head;
}

/// The key that signs the server's heads now: `first`, unless the server shows that the vendor certified another one
/// for the same server id.
ledger::Result<ledger::PublicKey> signing_key(const Consistency& answer, const std::string& server_id,
                                              const ledger::PublicKey& first, const ledger::Certificate& root) {
    if (answer.certificates.empty()) return first;
    return ledger::certified_key(ledger::default_suite(), answer.certificates, root, server_id);
}

ledger::Error closed_notice(const ledger::Checkpoint& before, const ledger::Checkpoint& now,
                            const ledger::TreeHead& kept) {
    return {ledger::errc::incarnation_closed,
            "",
            {{"incarnation", std::to_string(before.origin.incarnation)},
             {"size", std::to_string(before.head.size.value)},
             {"kept_size", std::to_string(kept.size.value)},
             {"opened", std::to_string(now.origin.incarnation)}}};
}

}  // namespace

ledger::Error WitnessFinding::contradiction() const {
    ACTLEDGER_ASSERT(contradicted());
    return {errc::history_contradiction, "", {{"evidence", evidence}}};
}

std::string evidence_text(std::string_view what,
                          std::initializer_list<std::pair<std::string_view, std::string_view>> documents) {
    std::string text = "actledger-client evidence/1\n" + std::string(what) + "\n";
    for (const auto& [name, document] : documents) {
        text.append("== ").append(name).append("\n").append(document);
        if (!text.ends_with('\n')) text += '\n';
    }
    return text;
}

ledger::Result<WitnessVerdict> judge_consistency(const std::string& remembered, const Consistency& answer,
                                                 const std::string& server_id, const ledger::PublicKey& key,
                                                 const ledger::Certificate& root) {
    const auto& suite = ledger::default_suite();
    ACTLEDGER_TRY(const auto now, ledger::SignedCheckpoint::parse(answer.checkpoint));
    const auto& origin = now.checkpoint.origin;
    if (origin.server_id != server_id) return ledger::Error{ledger::errc::wrong_origin, origin.text()};
    ACTLEDGER_TRY(const auto present, signing_key(answer, server_id, key, root));
    ACTLEDGER_CHECK(ledger::verify_note(suite, now.note, origin.text(), present));
    if (remembered.empty()) return WitnessVerdict{Kind::advanced, answer.checkpoint, "", std::nullopt};

    ACTLEDGER_TRY(const auto before, ledger::SignedCheckpoint::parse(remembered));
    const auto& newer = now.checkpoint.head;
    ledger::TreeHead older = before.checkpoint.head;
    std::optional<ledger::Error> notice;
    if (!answer.closed_by.empty()) {
        const auto kept = kept_head(before.checkpoint, now.checkpoint, answer.closed_by, root);
        if (!kept) return contradiction("The server does not prove what became of the old tree.", remembered, answer);
        older = *kept;
        notice = closed_notice(before.checkpoint, now.checkpoint, older);
    }
    if (now.checkpoint.origin.incarnation < before.checkpoint.origin.incarnation)
        return contradiction("The server shows an earlier incarnation than it signed before.", remembered, answer);
    if (newer.size < older.size)
        return contradiction("The server shows a smaller tree than it signed before.", remembered, answer);
    if (answer.old_size != older.size || answer.new_size != newer.size ||
        !ledger::verify_consistency(suite, older, newer, answer.proof)) {
        return contradiction("The new tree does not continue the old one.", remembered, answer);
    }
    if (newer == before.checkpoint.head) return WitnessVerdict{};
    return WitnessVerdict{Kind::advanced, answer.checkpoint, "", std::move(notice)};
}

ledger::Result<WitnessVerdict> judge_lone_head(const std::string& remembered, const std::string& verified_note) {
    if (remembered.empty()) return WitnessVerdict{Kind::advanced, verified_note, "", std::nullopt};
    ACTLEDGER_TRY(const auto before, ledger::SignedCheckpoint::parse(remembered));
    ACTLEDGER_TRY(const auto now, ledger::SignedCheckpoint::parse(verified_note));
    const auto& older = before.checkpoint;
    const auto& newer = now.checkpoint;
    // Another incarnation may have begun at a smaller size: only the server can show how the two belong together.
    if (newer.origin.incarnation > older.origin.incarnation)
        return WitnessVerdict{Kind::unproven, "", "", std::nullopt};
    if (newer.origin == older.origin && newer.head.size == older.head.size && newer.head.root != older.head.root) {
        return WitnessVerdict{Kind::contradiction, "",
                              evidence_text("Two trees of the same size.",
                                            {{"signed before", remembered}, {"signed now", verified_note}}),
                              std::nullopt};
    }
    const bool newer_and_larger = newer.origin == older.origin && newer.head.size > older.head.size;
    return WitnessVerdict{newer_and_larger ? Kind::unproven : Kind::unchanged, "", "", std::nullopt};
}

bool is_signed_under(const std::string& note, std::span<const ledger::Bytes> certificates,
                     const ledger::Certificate& root) {
    const auto head = ledger::SignedCheckpoint::parse(note);
    return head && ledger::verify_certified_head(ledger::default_suite(), *head, certificates, root);
}

}  // namespace client
