#include "api/problem.hpp"

#include <algorithm>

#include "api/json_text.hpp"
#include "api/log.hpp"

namespace api {
namespace {

constexpr std::array statuses{
    ProblemStatus{"activation-file-malformed", 422},
    ProblemStatus{"activation-released", 409},
    ProblemStatus{"activation-unknown", 404},
    ProblemStatus{"adoption-foreign", 422},
    ProblemStatus{"adoption-key-missing", 409},
    ProblemStatus{"adoption-lease-over", 409},
    ProblemStatus{"adoption-license-revoked", 409},
    ProblemStatus{"adoption-license-unknown", 409},
    ProblemStatus{"adoption-not-needed", 409},
    ProblemStatus{"adoption-other-device", 403},
    ProblemStatus{"adoption-other-product", 422},
    ProblemStatus{"adoption-pending", 409},
    ProblemStatus{"adoption-provisional", 409},
    ProblemStatus{"adoption-refused", 403},
    ProblemStatus{"adoption-released", 409},
    ProblemStatus{"adoption-superseded", 409},
    ProblemStatus{"adoption-unknown", 404},
    ProblemStatus{"anchor-unchecked", 503},
    ProblemStatus{"annex-malformed", 422},
    ProblemStatus{"annex-value-unknown", 404},
    ProblemStatus{"authority-insufficient", 403},
    ProblemStatus{"body-too-large", 413},
    ProblemStatus{"certificate-malformed", 422},
    ProblemStatus{"certificate-not-valid-then", 422},
    ProblemStatus{"certificate-untrusted", 422},
    ProblemStatus{"certificate-wrong-purpose", 422},
    ProblemStatus{"challenge-unusable", 401},
    ProblemStatus{"checkpoint-malformed", 422},
    ProblemStatus{"checkpoint-unknown", 409},
    ProblemStatus{"commitment-mismatch", 422},
    ProblemStatus{"component-malformed", 422},
    ProblemStatus{"confirmation-unknown", 404},
    ProblemStatus{"credentials-malformed", 401},
    ProblemStatus{"credentials-missing", 401},
    ProblemStatus{"degraded", 503},
    ProblemStatus{"device-components-insufficient", 422},
    ProblemStatus{"device-key-malformed", 422},
    ProblemStatus{"device-mismatch", 403},
    ProblemStatus{"device-name-malformed", 422},
    ProblemStatus{"device-signature-bad", 401},
    ProblemStatus{"disk-full", 503},
    ProblemStatus{"enrolment-closed", 403},
    ProblemStatus{"enrolment-key-differs", 409},
    ProblemStatus{"enrolment-key-ends-in-the-past", 422},
    ProblemStatus{"enrolment-key-invalid", 403},
    ProblemStatus{"enrolment-key-revoked", 409},
    ProblemStatus{"enrolment-key-unknown", 404},
    ProblemStatus{"event-kind-unknown", 422},
    ProblemStatus{"event-malformed", 422},
    ProblemStatus{"event-unknown", 404},
    ProblemStatus{"event-without-seat", 422},
    ProblemStatus{"free-time-in-doubt", 409},
    ProblemStatus{"free-too-early", 409},
    ProblemStatus{"free-too-many", 409},
    ProblemStatus{"header-too-large", 431},
    ProblemStatus{"hsm-anchor-folder-failed", 503},
    ProblemStatus{"hsm-anchor-folder-shared", 503},
    ProblemStatus{"hsm-anchor-full", 503},
    ProblemStatus{"hsm-anchor-lost", 503},
    ProblemStatus{"hsm-anchor-too-large", 503},
    ProblemStatus{"hsm-busy", 503},
    ProblemStatus{"hsm-key-ambiguous", 503},
    ProblemStatus{"hsm-key-not-found", 503},
    ProblemStatus{"hsm-key-unusable", 503},
    ProblemStatus{"hsm-module-not-loaded", 503},
    ProblemStatus{"hsm-not-ready", 503},
    ProblemStatus{"hsm-not-responding", 503},
    ProblemStatus{"hsm-pin-file-exposed", 503},
    ProblemStatus{"hsm-pin-known-wrong", 503},
    ProblemStatus{"hsm-pin-locked", 503},
    ProblemStatus{"hsm-pin-missing", 503},
    ProblemStatus{"hsm-pin-not-set", 503},
    ProblemStatus{"hsm-pin-unreadable", 503},
    ProblemStatus{"hsm-pin-wrong", 503},
    ProblemStatus{"hsm-signature-bad", 503},
    ProblemStatus{"hsm-token-ambiguous", 503},
    ProblemStatus{"hsm-token-failed", 503},
    ProblemStatus{"hsm-token-gone", 503},
    ProblemStatus{"hsm-token-not-found", 503},
    ProblemStatus{"hsm-worker-died", 503},
    ProblemStatus{"hsm-worker-not-started", 503},
    ProblemStatus{"hsm-worker-protocol", 503},
    ProblemStatus{"hsm-wrong-key", 503},
    ProblemStatus{"http-request-malformed", 400},
    ProblemStatus{"internal-error", 500},
    ProblemStatus{"json-malformed", 400},
    ProblemStatus{"key-unknown", 422},
    ProblemStatus{"legacy-seat-claimed", 409},
    ProblemStatus{"legacy-seat-promised", 409},
    ProblemStatus{"legacy-seat-unknown", 404},
    ProblemStatus{"legacy-time-in-doubt", 409},
    ProblemStatus{"legacy-until-in-the-past", 422},
    ProblemStatus{"license-archive-damaged", 422},
    ProblemStatus{"license-bin-malformed", 422},
    ProblemStatus{"license-certificate-revoked", 422},
    ProblemStatus{"license-entry-duplicated", 422},
    ProblemStatus{"license-entry-encrypted", 422},
    ProblemStatus{"license-entry-extra", 422},
    ProblemStatus{"license-entry-missing", 422},
    ProblemStatus{"license-entry-oversized", 422},
    ProblemStatus{"license-entry-with-path", 422},
    ProblemStatus{"license-expired", 422},
    ProblemStatus{"license-id-conflict", 409},
    ProblemStatus{"license-info-differs", 422},
    ProblemStatus{"license-issuer-not-valid-then", 422},
    ProblemStatus{"license-issuer-unknown", 422},
    ProblemStatus{"license-issuer-wrong-purpose", 422},
    ProblemStatus{"license-not-vouched", 422},
    ProblemStatus{"license-not-yet-valid", 422},
    ProblemStatus{"license-not-zip", 422},
    ProblemStatus{"license-other-server", 422},
    ProblemStatus{"license-other-server-key", 422},
    ProblemStatus{"license-quantity-out-of-range", 422},
    ProblemStatus{"license-revoked", 422},
    ProblemStatus{"license-server-certificate-wrong", 422},
    ProblemStatus{"license-signature-bad", 422},
    ProblemStatus{"license-superseded", 409},
    ProblemStatus{"license-terms-malformed", 422},
    ProblemStatus{"license-unknown", 404},
    ProblemStatus{"license-vouched-otherwise", 422},
    ProblemStatus{"licenses-too-many", 409},
    ProblemStatus{"local-only", 403},
    ProblemStatus{"log-file-unknown", 404},
    ProblemStatus{"log-key-differs", 409},
    ProblemStatus{"log-key-ends-in-the-past", 422},
    ProblemStatus{"log-key-invalid", 401},
    ProblemStatus{"log-key-revoked", 409},
    ProblemStatus{"log-key-unknown", 404},
    ProblemStatus{"log-key-wrong-kind", 403},
    ProblemStatus{"log-moved", 409},
    ProblemStatus{"media-type-unsupported", 415},
    ProblemStatus{"member-missing", 400},
    ProblemStatus{"member-type-wrong", 400},
    ProblemStatus{"member-unknown", 400},
    ProblemStatus{"method-not-allowed", 405},
    ProblemStatus{"needs-operator", 503},
    ProblemStatus{"no-valid-license", 409},
    ProblemStatus{"not-acceptable", 406},
    ProblemStatus{"not-canonical", 422},
    ProblemStatus{"not-found", 404},
    ProblemStatus{"not-included", 422},
    ProblemStatus{"not-initialised", 501},
    ProblemStatus{"note-malformed", 422},
    ProblemStatus{"origin-wrong", 422},
    ProblemStatus{"overloaded", 503},
    ProblemStatus{"pool-name-malformed", 422},
    ProblemStatus{"product-malformed", 422},
    ProblemStatus{"product-unknown", 404},
    ProblemStatus{"proof-malformed", 422},
    ProblemStatus{"quota-reached", 409},
    ProblemStatus{"rate-limited", 429},
    ProblemStatus{"reader-name-malformed", 422},
    ProblemStatus{"report-busy", 503},
    ProblemStatus{"report-differs", 409},
    ProblemStatus{"report-uncertified", 409},
    ProblemStatus{"request-timeout", 408},
    ProblemStatus{"resource-unknown", 404},
    ProblemStatus{"revocation-id-conflict", 409},
    ProblemStatus{"revocation-issuer-not-valid-then", 422},
    ProblemStatus{"revocation-issuer-unknown", 422},
    ProblemStatus{"revocation-issuer-wrong-purpose", 422},
    ProblemStatus{"revocation-malformed", 422},
    ProblemStatus{"revocation-other-server", 422},
    ProblemStatus{"revocation-signature-bad", 422},
    ProblemStatus{"seats-not-reserved", 503},
    ProblemStatus{"setting-unknown", 404},
    ProblemStatus{"setting-value-invalid", 422},
    ProblemStatus{"shutting-down", 503},
    ProblemStatus{"signature-bad", 422},
    ProblemStatus{"signer-unavailable", 503},
    ProblemStatus{"starting", 503},
    ProblemStatus{"statement-ahead", 422},
    ProblemStatus{"statement-before-ledger", 422},
    ProblemStatus{"storage-failed", 503},
    ProblemStatus{"tls-proof-missing", 404},
    ProblemStatus{"too-large", 422},
    ProblemStatus{"tree-inconsistent", 409},
    ProblemStatus{"value-invalid", 422},
    ProblemStatus{"vendor-root-differs", 409},
};

constexpr bool sorted =
    std::is_sorted(statuses.begin(), statuses.end(), [](const auto& a, const auto& b) { return a.code < b.code; });
static_assert(sorted, "find_status searches by halving");

const ProblemStatus* find_status(std::string_view code) {
    const auto found = std::lower_bound(statuses.begin(), statuses.end(), code,
                                        [](const ProblemStatus& entry, std::string_view c) { return entry.code < c; });
    return found != statuses.end() && found->code == code ? &*found : nullptr;
}

/// The catalogue's sentence without the facts of this occurrence, each of which is "…": a title is the same whenever
/// the code is (RFC 9457, section 3.1.3).
std::string title_of(const ledger::Message& message, ledger::Language language) {
    std::string title;
    std::string_view rest = message.text(language).sentence;
    for (auto open = rest.find('{'); open != rest.npos; open = rest.find('{')) {
        title.append(rest.substr(0, open)).append("…");
        rest.remove_prefix(rest.find('}') + 1);
    }
    return title.append(rest);
}

}  // namespace

std::span<const ProblemStatus> problem_statuses() { return statuses; }

unsigned status_of(const ledger::Error& error) {
    const ProblemStatus* const entry = find_status(error.stable_code());
    return entry == nullptr ? 500 : entry->status;
}

Response problem(const ledger::Error& error, const Request& request, const ledger::Error* cause) {
    Response response;
    response.status = status_of(error);
    response.content_type = "application/problem+json";
    response.language = request.language;
    if (response.status == 500) {
        log(LogLevel::error, "request-failed",
            {{"request_id", request.id},
             {"path", request.path},
             {"code", error.stable_code()},
             {"detail", error.detail}});
    }
    if (response.status == 503) response.add_header("Retry-After", std::to_string(retry_after_s));

    JsonWriter json(response.body);
    json.begin();
    json.text("type", "urn:actledger:problem:" + std::string(error.stable_code()));
    json.text("title", title_of(error.message(), request.language));
    json.number("status", response.status);
    json.text("detail", error.sentence(request.language));
    json.text("code", error.stable_code());
    json.text("remedy", (cause == nullptr ? error : *cause).remedy(request.language));
    json.text("request_id", request.id);
    json.begin("facts");
    for (const ledger::Fact& fact : error.facts) json.text(fact.name, fact.value);
    json.end();
    json.end();
    return response;
}

}  // namespace api
