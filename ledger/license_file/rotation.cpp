#include "ledger/license_file/rotation.hpp"

#include <algorithm>

#include "ledger/license_file/errc.hpp"

namespace ledger {
namespace {

using license_file::errc;

std::string key_text(ByteView spki) { return hex_encode(default_suite().hash(spki).view()); }

Error certificate_wrong(std::string reason) { return {errc::rotation_certificate_wrong, {}, {{"reason", reason}}}; }

Error other_server(std::string found, const std::string& expected) {
    return {errc::rotation_other_server, {}, {{"rotation_server", std::move(found)}, {"this_server", expected}}};
}

}  // namespace

Result<PublicKey> check_next_certificate(const Certificate& certificate, const Certificate& root,
                                         const RotationFacts& facts) {
    ACTLEDGER_ASSERT(!facts.server_keys.empty());
    const auto chain = verify_chain(std::array{certificate}, root, Purpose::server, facts.at);
    if (!chain) return certificate_wrong(chain.error().describe());
    if (certificate.server_id() != facts.server_id) {
        return other_server(certificate.server_id().value_or("-"), facts.server_id);
    }
    auto key = certificate.public_key(default_suite().id());
    if (!key) return certificate_wrong("not a key of the suite");
    const bool given_up = std::ranges::find(facts.given_up, default_suite().hash(key->spki())) != facts.given_up.end();
    if (given_up || std::ranges::find(facts.server_keys, key->spki()) != facts.server_keys.end()) {
        return Error{errc::rotation_key_known, {}, {{"new_key", key_text(key->spki())}}};
    }
    const Digest fingerprint = certificate.fingerprint();
    for (const auto& revoked : facts.revoked_certificates) {
        if (revoked.fingerprint != fingerprint) continue;
        return Error{errc::rotation_certificate_revoked,
                     {},
                     {{"certificate_fingerprint", hex_encode(fingerprint.view())}, {"revocation_id", revoked.by}}};
    }
    return key;
}

Result<KeyHandOver> check_hand_over_note(std::string_view note, const HandOverFacts& facts) {
    const Suite& suite = default_suite();
    auto parsed = SignedHandOver::parse(note);
    if (!parsed) return Error{errc::rotation_note_malformed, parsed.error().describe()};
    KeyHandOver& stated = parsed->hand_over;
    if (stated.head.origin.server_id != facts.server_id) {
        return other_server(stated.head.origin.server_id, facts.server_id);
    }
    if (stated.key != suite.hash(facts.key.spki())) {
        return Error{errc::rotation_other_key,
                     {},
                     {{"old_key", hex_encode(stated.key.view())}, {"this_key", key_text(facts.key.spki())}}};
    }
    if (stated.next != suite.hash(facts.next.spki())) {
        return Error{errc::rotation_other_next_key,
                     {},
                     {{"named_key", hex_encode(stated.next.view())}, {"new_key", key_text(facts.next.spki())}}};
    }
    if (!parsed->verify(suite, facts.key)) {
        return Error{errc::rotation_signature_bad, {}, {{"old_key", key_text(facts.key.spki())}}};
    }
    return std::move(stated);
}

Result<VerifiedRotation> verify_rotation(const Event& event, const KeyEpochs& before, const Certificate& root) {
    const auto* opened = std::get_if<IncarnationOpened>(&event.body);
    ACTLEDGER_ASSERT(opened != nullptr && opened->reason == IncarnationOpened::Reason::rotated);
    ACTLEDGER_TRY(const Origin origin, Origin::parse(event.origin));
    auto certificate = Certificate::from_der(opened->server_certificate);
    if (!certificate) return certificate_wrong(certificate.error().describe());
    ACTLEDGER_TRY(PublicKey next,
                  check_next_certificate(*certificate, root, {origin.server_id, before.spkis(), {}, event.time}));
    ACTLEDGER_TRY(const KeyHandOver stated,
                  check_hand_over_note(opened->hand_over, {origin.server_id, before.present().key, next}));
    const auto kept = SignedCheckpoint::parse(opened->kept_head);
    const bool at_kept =
        kept && kept->checkpoint.head == stated.head.head && kept->checkpoint.origin == stated.head.origin;
    if (!at_kept) {
        return Error{errc::rotation_head_differs, {}, {{"size", std::to_string(stated.head.head.size.value)}}};
    }
    return VerifiedRotation{*std::move(certificate), std::move(next)};
}

}  // namespace ledger
