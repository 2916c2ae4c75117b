#include "ledger/license_file/license_file.hpp"

#include <algorithm>
#include <array>

#include "ledger/core/time_text.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/issuer_check.hpp"
#include "ledger/license_file/license_archive.hpp"

namespace ledger {
namespace {

using license_file::errc;

constexpr IssuerRefusals license_refusals{errc::license_issuer_unknown, errc::license_issuer_wrong_purpose,
                                          errc::license_issuer_not_valid_then, errc::license_signature_bad};

std::string key_fingerprint(const Bytes& spki) { return hex_encode(default_suite().hash(spki).view()); }

/// The certificate in the terms is what activation files will rest on: it must be the one for this very server.
Result<Certificate> read_server_certificate(const LicenseTerms& terms, const Certificate& root) {
    const auto wrong = [&terms](const char* part, std::string detail) {
        return Error{
            errc::server_certificate_wrong, std::move(detail), {{"license_id", terms.license_id}, {"reason", part}}};
    };
    auto certificate = Certificate::from_der(terms.server_certificate);
    if (!certificate) return wrong("server.certificate", certificate.error().detail);
    const auto chain = verify_chain(std::array{*certificate}, root, Purpose::server, terms.issued_at);
    if (!chain) return wrong("server.certificate", chain.error().describe());
    if (certificate->spki() != terms.server_key) return wrong("server.key", "the certificate is for another key");
    if (certificate->server_id() != terms.server_id) return wrong("server.id", "the certificate is for another id");
    if (!certificate->public_key(default_suite().id())) return wrong("server.key", "not a key of the suite");
    return *std::move(certificate);
}

Digest terms_digest(const LicenseTerms& terms) { return default_suite().hash(as_bytes(license_terms_json(terms))); }

/// @return whether the vendor vouched for this very licence after the log that had it was lost
Result<bool> check_vouched(const LicenseTerms& terms, const LicenseFacts& facts) {
    if (!facts.vouched) return false;
    const Fact id{"license_id", terms.license_id};
    const Fact by{"reendorsement_id", facts.vouched->by};
    for (const VouchedLicenses::Live& live : facts.vouched->live) {
        if (live.license_id != terms.license_id) continue;
        if (live.terms_digest == terms_digest(terms)) return true;
        return Error{errc::vouched_otherwise, {}, {id, by}};
    }
    if (terms.issued_at <= facts.vouched->at) return Error{errc::not_vouched, {}, {id, by}};
    return false;
}

Result<void> check_server(const LicenseTerms& terms, const LicenseFacts& facts) {
    if (terms.server_id != facts.server_id) {
        return Error{
            errc::other_server,
            {},
            {{"license_id", terms.license_id}, {"license_server", terms.server_id}, {"this_server", facts.server_id}}};
    }
    // The keys before the one that was lost are not known any more; the vendor knows what it issued for them.
    ACTLEDGER_TRY(const bool vouched, check_vouched(terms, facts));
    if (vouched) return {};
    ACTLEDGER_ASSERT(!facts.server_keys.empty());
    const bool other_key = std::ranges::find(facts.server_keys, terms.server_key) == facts.server_keys.end();
    if (other_key && std::ranges::find(facts.anchored, terms_digest(terms)) == facts.anchored.end()) {
        return Error{errc::other_server_key,
                     {},
                     {{"license_id", terms.license_id},
                      {"license_key", key_fingerprint(terms.server_key)},
                      {"this_key", key_fingerprint(facts.server_keys.back())}}};
    }
    return {};
}

Result<void> check_revoked(const VerifiedLicense& license, const LicenseFacts& facts) {
    for (const auto& revoked : facts.revoked_licenses) {
        if (revoked.license_id != license.terms.license_id) continue;
        return Error{errc::revoked, {}, {{"license_id", license.terms.license_id}, {"revocation_id", revoked.by}}};
    }
    std::vector<Digest> fingerprints{license.server_certificate.fingerprint()};
    for (const Certificate& certificate : license.issuer_chain) fingerprints.push_back(certificate.fingerprint());
    for (const auto& revoked : facts.revoked_certificates) {
        if (std::find(fingerprints.begin(), fingerprints.end(), revoked.fingerprint) == fingerprints.end()) continue;
        return Error{errc::certificate_revoked,
                     {},
                     {{"license_id", license.terms.license_id},
                      {"certificate_fingerprint", hex_encode(revoked.fingerprint.view())},
                      {"revocation_id", revoked.by}}};
    }
    return {};
}

Result<void> check_dates(const LicenseTerms& terms, Timestamp now) {
    if (now < terms.valid_from) {
        return Error{errc::not_yet_valid,
                     {},
                     {{"license_id", terms.license_id},
                      {"valid_from", time_text_seconds(terms.valid_from)},
                      {"now", time_text_seconds(now)}}};
    }
    if (now >= terms.valid_to) {
        return Error{errc::expired,
                     {},
                     {{"license_id", terms.license_id},
                      {"valid_to", time_text_seconds(terms.valid_to)},
                      {"now", time_text_seconds(now)}}};
    }
    return {};
}

}  // namespace

Result<VerifiedLicense> verify_license_bin(ByteView license_bin, const Certificate& root) {
    auto message = SignedMessage::parse(license_bin, license_bin_bytes_max);
    if (!message) return Error{errc::license_malformed, message.error().describe()};
    ACTLEDGER_CHECK(check_issuer(*message, root, license_refusals));
    ACTLEDGER_TRY(LicenseTerms terms, parse_license_terms(as_text(message->content)));
    if (terms.issued_at != message->signing_time) {
        return Error{errc::terms_malformed, "issued_at is not the signing time", {{"field", "issued_at"}}};
    }
    ACTLEDGER_TRY(Certificate server_certificate, read_server_certificate(terms, root));
    return VerifiedLicense{std::move(terms), copy(license_bin), std::move(message->chain),
                           std::move(server_certificate)};
}

Result<VerifiedLicense> verify_license(ByteView lic, const Certificate& root) {
    ACTLEDGER_TRY(const LicenseArchive archive, read_license_archive(lic));
    ACTLEDGER_TRY(VerifiedLicense license, verify_license_bin(archive.license_bin, root));
    // The signed text has one spelling, so that it can be written again from the terms.
    if (license_terms_json(license.terms) != as_text(archive.info)) return Error{errc::info_differs};
    return license;
}

Result<void> check_license_for_server(const VerifiedLicense& license, const LicenseFacts& facts) {
    ACTLEDGER_CHECK(check_server(license.terms, facts));
    ACTLEDGER_CHECK(check_revoked(license, facts));
    for (const auto& superseded : facts.superseded) {
        if (superseded.license_id != license.terms.license_id) continue;
        return Error{
            errc::superseded, {}, {{"license_id", license.terms.license_id}, {"superseded_by", superseded.by}}};
    }
    return facts.now ? check_dates(license.terms, *facts.now) : Result<void>{};
}

Result<VerifiedLicense> judge_license(ByteView lic, const Certificate& root, const LicenseFacts& facts) {
    ACTLEDGER_TRY(VerifiedLicense license, verify_license(lic, root));
    ACTLEDGER_CHECK(check_license_for_server(license, facts));
    return license;
}

Result<void> check_root(const Certificate& presented, const Certificate& pinned) {
    if (presented.der() == pinned.der()) return {};
    return Error{errc::root_differs,
                 {},
                 {{"presented_fingerprint", hex_encode(presented.fingerprint().view())},
                  {"pinned_fingerprint", hex_encode(pinned.fingerprint().view())}}};
}

Result<Bytes> make_license(const LicenseTerms& terms, std::vector<Certificate> issuer_chain, Signer& issuer) {
    const std::string text = license_terms_json(terms);
    ACTLEDGER_CHECK(parse_license_terms(text));
    ACTLEDGER_TRY(const SignedMessage message,
                  sign_message(as_bytes(text), std::move(issuer_chain), issuer, terms.issued_at));
    return write_license_archive({message.der(), copy(as_bytes(text))});
}

}  // namespace ledger
