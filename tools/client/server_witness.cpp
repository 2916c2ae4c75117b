#include "tools/client/server_witness.hpp"

#include "tools/client/errc.hpp"

namespace client {
namespace {

Setback setback(ledger::Error error) { return {std::move(error), std::nullopt}; }

}  // namespace

ledger::Result<CheckedFile> ServerWitness::stored_file() const {
    const auto text = state_.activation();
    if (!text) return ledger::Error{errc::not_activated, "", {{"folder", state_.folder().string()}}};
    return check_file(*text, root_);
}

/// Heads of another server (this machine was moved) are not held against this one.
std::string ServerWitness::remembered_head(const std::string& server_id) const {
    auto note = state_.checkpoint();
    if (!note) return {};
    const auto parsed = ledger::SignedCheckpoint::parse(*note);
    if (!parsed || (!server_id.empty() && parsed->checkpoint.origin.server_id != server_id)) return {};
    return *std::move(note);
}

ledger::Origin ServerWitness::newest_origin(const CheckedFile& file) const {
    auto origin = file.verified.origin;
    const auto note = ledger::SignedCheckpoint::parse(remembered_head(origin.server_id));
    if (note && note->checkpoint.origin.incarnation > origin.incarnation) origin = note->checkpoint.origin;
    return origin;
}

/// Usually the head is enough. A server that does not know the key which signed it may have been set back to before
/// that key: it is shown the key's certificates.
Attempt<HttpAnswer> ServerWitness::show(RequestBody body, const Send& send) {
    constexpr unsigned unprocessable = 422;
    auto answer = send(body);
    const auto problem = answer && answer->status == unprocessable ? parse_problem(answer->body) : std::nullopt;
    if (problem && problem->code == "key-unknown" && !body.checkpoint.empty()) {
        body.certificates = certificates_of(body.checkpoint);
        if (!body.certificates.empty()) answer = send(body);
    }
    return checked(std::move(answer), body.checkpoint);
}

/// Of the key that signed the head, if they are kept.
std::vector<ledger::Bytes> ServerWitness::certificates_of(const std::string& remembered) const {
    auto kept = state_.checkpoint_certificates();
    if (is_signed_under(remembered, kept, root_)) return kept;
    // A stop in between, or a state folder of a client that kept none.
    const auto file = stored_file();
    if (file && is_signed_under(remembered, file->file.certificates, root_)) return file->file.certificates;
    return {};
}

/// A server that does not know a head which it signed was set back, or is one of two: that is kept as evidence.
Attempt<HttpAnswer> ServerWitness::checked(Attempt<HttpAnswer> answer, const std::string& remembered) {
    if (!answer) return answer;
    constexpr unsigned conflict = 409;
    const auto problem = answer->status == conflict ? parse_problem(answer->body) : std::nullopt;
    if (!problem || problem->code != "checkpoint-unknown" || remembered.empty())
        return server_.accept_status(*std::move(answer));
    const auto present = server_.send({"GET", "/v1/checkpoint", "", ""});
    const auto concluded = conclude(
        {WitnessVerdict::Kind::contradiction, "",
         evidence_text("The server does not know a tree that it signed.", {{"signed before", remembered},
                                                                           {"signed now", present ? present->body : ""},
                                                                           {"its answer", answer->body}}),
         std::nullopt},
        {});
    if (!concluded) return setback(concluded.error());
    return setback(concluded->contradiction());
}

Attempt<Consistency> ServerWitness::ask_for_consistency(const std::string& remembered) {
    const auto answer = show({"", "", {}, {}, remembered, ""}, [&](const RequestBody& body) {
        return server_.send({"POST", "/v1/checkpoints/consistency", renewal_body(body), ""});
    });
    if (!answer) return answer.error();
    auto consistency = parse_consistency_answer(answer->body, server_.address());
    if (!consistency) return setback(consistency.error());
    return *std::move(consistency);
}

Attempt<WitnessFinding> ServerWitness::hold_against(const std::string& remembered,
                                                    const std::optional<Consistency>& given, const CheckedFile& file) {
    const auto& server_id = file.verified.origin.server_id;
    // Without certificates of its own an answer is signed by the file's key.
    auto certificates = given && !given->certificates.empty() ? given->certificates : file.file.certificates;
    auto verdict = given ? judge_consistency(remembered, *given, server_id, file.server_key(), root_)
                         : judge_lone_head(remembered_head(server_id), file.file.checkpoint);
    if (!verdict) return setback(verdict.error());
    if (verdict->kind == WitnessVerdict::Kind::unproven) {
        const auto asked_with = remembered_head(server_id);
        const auto consistency = ask_for_consistency(asked_with);
        if (!consistency && consistency.error().error.code == errc::history_contradiction) {
            return WitnessFinding{consistency.error().error.facts.at(0).value, std::nullopt};
        }
        if (!consistency) return consistency.error();
        verdict = judge_consistency(asked_with, *consistency, server_id, file.server_key(), root_);
        if (!verdict) return setback(verdict.error());
        if (!consistency->certificates.empty()) certificates = consistency->certificates;
    }
    auto concluded = conclude(*verdict, certificates);
    if (!concluded) return setback(concluded.error());
    return *std::move(concluded);
}

ledger::Result<WitnessFinding> ServerWitness::conclude(const WitnessVerdict& verdict,
                                                       std::span<const ledger::Bytes> certificates) const {
    using Kind = WitnessVerdict::Kind;
    if (verdict.kind == Kind::advanced) {
        ACTLEDGER_CHECK(state_.store_checkpoint(verdict.remember, certificates));
    }
    if (verdict.kind != Kind::contradiction) return WitnessFinding{{}, verdict.notice};
    ACTLEDGER_TRY(const auto kept, state_.keep_evidence(verdict.evidence));
    return WitnessFinding{kept.string(), std::nullopt};
}

}  // namespace client
