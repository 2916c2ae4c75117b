#include "tools/verify/documents_fold.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/license_file/rotation.hpp"
#include "tools/verify/errc.hpp"

namespace verify {

DocumentsFold::DocumentsFold(const Trust& trust, FindingList& findings) : trust_(trust), findings_(findings) {
    facts_.server_id = trust.origin.server_id;
}

void DocumentsFold::add(FindingKind kind, ledger::Error error, const ledger::Event& event) {
    findings_.add({kind, std::move(error), EventRange{event.sequence_number, event.sequence_number}});
}

void DocumentsFold::add(const ledger::Event& event, std::optional<ledger::Timestamp> judged) {
    if (event.seat() != nullptr) return;
    facts_.now = judged;
    if (std::holds_alternative<ledger::LedgerCreated>(event.body) && event.sequence_number.value == 0) {
        keys_.apply(event);
        facts_.server_keys = keys_.spkis();
    }
    if (const auto* certified = std::get_if<ledger::ServerCertified>(&event.body)) {
        check(event, *certified);
    } else if (const auto* license = std::get_if<ledger::LicenseImported>(&event.body)) {
        check(event, *license);
    } else if (const auto* revocation = std::get_if<ledger::RevocationImported>(&event.body)) {
        check(event, *revocation);
    } else if (const auto* cleared = std::get_if<ledger::KeyCleared>(&event.body)) {
        const bool of_the_key = !keys_.empty() && trust_.suite->hash(keys_.present().key.spki()) == cleared->key_digest;
        if (!of_the_key) add(FindingKind::certificate, ledger::Error{errc::server_key_differs}, event);
    } else if (const auto* opened = std::get_if<ledger::IncarnationOpened>(&event.body)) {
        check(event, *opened);
        remember(*opened);
    } else if (std::holds_alternative<ledger::LedgerCreated>(event.body) && event.sequence_number.value != 0) {
        add(FindingKind::history, ledger::Error{errc::genesis_misplaced}, event);
    }
}

ledger::Result<void> DocumentsFold::check_server_chain(const ledger::Event& event,
                                                       const std::vector<ledger::Bytes>& ders) const {
    std::vector<ledger::Certificate> chain;
    for (const ledger::Bytes& der : ders) {
        ACTLEDGER_TRY(auto certificate, ledger::Certificate::from_der(der));
        chain.push_back(std::move(certificate));
    }
    ACTLEDGER_CHECK(ledger::verify_chain(chain, trust_.root, ledger::Purpose::server, event.time));
    const ledger::Certificate& server = chain.front();
    const std::string named = server.server_id().value_or("");
    if (named != trust_.origin.server_id && !trust_.origin_text.empty()) {
        return ledger::Error{errc::server_id_differs, {}, {{"found", named}, {"expected", trust_.origin.server_id}}};
    }
    ACTLEDGER_TRY(const auto key, server.public_key(trust_.suite->id()));
    if (keys_.empty() || !(key == keys_.present().key)) return ledger::Error{errc::server_key_differs};
    return {};
}

void DocumentsFold::check(const ledger::Event& event, const ledger::ServerCertified& certified) {
    auto good = check_server_chain(event, certified.certificates);
    if (!good) return add(FindingKind::certificate, std::move(good).error(), event);
    certified_ = true;
}

void DocumentsFold::remember(const ledger::IncarnationOpened& opened) {
    const auto known = ledger::KnownHead::parse(opened.known_head);
    if (!known || !known->anchor) return;
    for (const ledger::AnchorLicense& kept : known->anchor->licenses) {
        if (kept.state == ledger::AnchorLicense::State::revoked) {
            facts_.revoked_licenses.push_back({kept.license_id, "(HSM)"});
        }
        const bool names_live = kept.state == ledger::AnchorLicense::State::live;
        if (names_live && opened.reason == ledger::IncarnationOpened::Reason::log_lost && opened.hands_over()) {
            facts_.anchored.push_back(kept.terms_digest);
        }
    }
}

void DocumentsFold::check(const ledger::Event& event, const ledger::LicenseImported& imported) {
    ++licenses_;
    auto license = ledger::verify_license_bin(imported.license_bin, trust_.root);
    if (!license) return add(FindingKind::license, std::move(license).error(), event);
    if (license->terms.license_id != imported.license_id) {
        add(FindingKind::license,
            ledger::Error{errc::document_id_differs,
                          {},
                          {{"found", imported.license_id}, {"expected", license->terms.license_id}}},
            event);
    }
    if (!facts_.server_keys.empty()) {
        auto taken = ledger::check_license_for_server(*license, facts_);
        if (!taken) add(FindingKind::license, std::move(taken).error(), event);
    }
    for (const std::string& older : license->terms.supersedes) {
        facts_.superseded.push_back({older, license->terms.license_id});
    }
}

void DocumentsFold::check(const ledger::Event& event, const ledger::RevocationImported& imported) {
    auto verified = ledger::verify_revocation(imported.revocation_bin, trust_.root);
    if (!verified) return add(FindingKind::license, std::move(verified).error(), event);
    const ledger::Revocation& revocation = verified->revocation;
    if (revocation.revocation_id != imported.revocation_id) {
        add(FindingKind::license,
            ledger::Error{errc::document_id_differs,
                          {},
                          {{"found", imported.revocation_id}, {"expected", revocation.revocation_id}}},
            event);
    }
    auto ours = ledger::check_revocation_for_server(revocation, trust_.origin.server_id);
    if (!ours && !trust_.origin_text.empty()) return add(FindingKind::license, std::move(ours).error(), event);
    for (const std::string& id : revocation.license_ids) {
        facts_.revoked_licenses.push_back({id, revocation.revocation_id});
    }
    for (const ledger::Digest& fingerprint : revocation.certificate_fingerprints) {
        facts_.revoked_certificates.push_back({fingerprint, revocation.revocation_id});
    }
}

ledger::Result<void> DocumentsFold::check_not_revoked(const ledger::Event& event,
                                                      const ledger::IncarnationOpened& opened,
                                                      const std::optional<ledger::VerifiedReendorsement>& file) const {
    const std::string& server_id = trust_.origin.server_id;
    if (file) {
        std::optional<ledger::TreeSize> log_size;
        if (!ledger::begins_log(opened.reason)) log_size = ledger::TreeSize{event.sequence_number.value};
        return ledger::check_reendorsement_for_ledger(
            *file, {server_id, keys_.spkis(), facts_.revoked_certificates, log_size, given_up_});
    }
    ACTLEDGER_TRY(const auto certificate, ledger::Certificate::from_der(opened.server_certificate));
    ACTLEDGER_CHECK(ledger::check_next_certificate(
        certificate, trust_.root, {server_id, keys_.spkis(), facts_.revoked_certificates, event.time, given_up_}));
    return {};
}

void DocumentsFold::check(const ledger::Event& event, const ledger::IncarnationOpened& opened) {
    if (!opened.hands_over() || keys_.empty()) {
        keys_.apply(event);
        return;
    }
    auto file = ledger::verify_key_change(event, keys_, trust_.root);
    if (!file) {
        const bool found = std::ranges::find(trust_.refused, event.sequence_number) != trust_.refused.end();
        if (!found) add(FindingKind::certificate, std::move(file).error(), event);
        return;
    }
    auto taken = check_not_revoked(event, opened, *file);
    if (*file && (*file)->reendorsement.lost_log) {
        facts_.vouched = ledger::vouched_licenses((*file)->reendorsement);
        given_up_ = (*file)->reendorsement.lost_log->given_up;
    }
    if (!taken) add(FindingKind::certificate, std::move(taken).error(), event);
    keys_.apply(event);
    facts_.server_keys = keys_.spkis();
    certified_ = true;
}

void DocumentsFold::finish() {
    if (certified_) return;
    findings_.add({FindingKind::certificate, ledger::Error{errc::server_not_certified}, std::nullopt});
}

}  // namespace verify
