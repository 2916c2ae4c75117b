#include "tools/client/witness.hpp"

#include "ledger/core/errc.hpp"
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
            what, {{"signed before", remembered}, {"signed now", answer.checkpoint}, {"proof", proof_text(answer)}})};
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
                                                 const std::string& server_id, const ledger::PublicKey& key) {
    const auto& suite = ledger::default_suite();
    ACTLEDGER_TRY(const auto now, ledger::SignedCheckpoint::parse(answer.checkpoint));
    const auto& origin = now.checkpoint.origin;
    if (origin.server_id != server_id) return ledger::Error{ledger::errc::wrong_origin, origin.text()};
    ACTLEDGER_CHECK(ledger::verify_note(suite, now.note, origin.text(), key));
    if (remembered.empty()) return WitnessVerdict{Kind::advanced, answer.checkpoint, ""};

    ACTLEDGER_TRY(const auto before, ledger::SignedCheckpoint::parse(remembered));
    const auto& older = before.checkpoint.head;
    const auto& newer = now.checkpoint.head;
    if (newer.size < older.size)
        return contradiction("The server shows a smaller tree than it signed before.", remembered, answer);
    if (answer.old_size != older.size || answer.new_size != newer.size ||
        !ledger::verify_consistency(suite, older, newer, answer.proof)) {
        return contradiction("The new tree does not continue the old one.", remembered, answer);
    }
    if (newer.size == older.size) return WitnessVerdict{};
    return WitnessVerdict{Kind::advanced, answer.checkpoint, ""};
}

ledger::Result<WitnessVerdict> judge_lone_head(const std::string& remembered, const std::string& verified_note) {
    if (remembered.empty()) return WitnessVerdict{Kind::advanced, verified_note, ""};
    ACTLEDGER_TRY(const auto before, ledger::SignedCheckpoint::parse(remembered));
    ACTLEDGER_TRY(const auto now, ledger::SignedCheckpoint::parse(verified_note));
    const auto& older = before.checkpoint;
    const auto& newer = now.checkpoint;
    if (newer.head.size == older.head.size && newer.head.root != older.head.root) {
        return WitnessVerdict{Kind::contradiction, "",
                              evidence_text("Two trees of the same size.",
                                            {{"signed before", remembered}, {"signed now", verified_note}})};
    }
    return WitnessVerdict{newer.head.size > older.head.size ? Kind::unproven : Kind::unchanged, "", ""};
}

}  // namespace client
