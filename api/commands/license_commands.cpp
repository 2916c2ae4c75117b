#include "api/commands/license_commands.hpp"

#include "ledger/core/anchor.hpp"
#include "ledger/license_file/errc.hpp"

namespace api::commands {
namespace {

using ledger::Decision;
using ledger::Result;

ledger::LicenseFacts facts_of(const Context& context) {
    const ledger::LedgerCreated* genesis = context.state.identity().genesis();
    ACTLEDGER_ASSERT(genesis != nullptr);
    ledger::LicenseFacts facts;
    facts.server_id = genesis->server_id;
    facts.server_keys = context.state.identity().keys().spkis();
    if (facts.server_keys.empty()) facts.server_keys = {genesis->public_key};
    if (!context.in_doubt()) facts.now = context.judged();
    context.state.licenses().add_facts(facts);
    facts.vouched = context.state.identity().vouched();
    facts.anchored = context.state.identity().anchored();
    return facts;
}

/// A licence that was made for an earlier key stays good, but its certificate is not over the key that signs now.
bool is_new_certificate(const ledger::Certificate& certificate, const projections::Identity& identity) {
    const auto& keys = identity.keys();
    if (!keys.empty() && certificate.spki() != keys.present().key.spki()) return false;
    return identity.certificates().empty() || identity.certificates().front() != certificate.der();
}

}  // namespace

Result<ImportLicense> prepare_license(ledger::ByteView lic, const Preparation& preparation, ledger::Actor actor) {
    ACTLEDGER_TRY(ledger::VerifiedLicense license, ledger::verify_license(lic, preparation.vendor_root));
    return ImportLicense{std::move(actor), std::move(license)};
}

Result<Decision> decide(const ImportLicense& command, const Context& context) {
    const ledger::LicenseTerms& terms = command.license.terms;
    const auto& licenses = context.state.licenses();
    const auto known = licenses.find(terms.license_id);
    if (known) {
        // Terms, and not bytes: an ECDSA signature has two forms.
        const projections::License& license = licenses.at(*known);
        if (license.terms != terms) {
            return ledger::Error{
                ledger::license_file::errc::license_id_conflict, {}, {{"license_id", terms.license_id}}};
        }
        if (license.status == projections::LicenseStatus::live) return Decision{{}, license.imported_by};
    }
    ACTLEDGER_CHECK(ledger::check_license_for_server(command.license, facts_of(context)));
    ACTLEDGER_ASSERT(!known);  // one that is no longer live was refused: superseded or revoked
    if (licenses.size() >= ledger::anchor_licenses_max) {
        return ledger::Error{errc::licenses_too_many, {}, {{"limit", std::to_string(ledger::anchor_licenses_max)}}};
    }
    Decision decision;
    const ledger::Certificate& certificate = command.license.server_certificate;
    if (is_new_certificate(certificate, context.state.identity())) {
        decision.drafts.push_back({command.actor, ledger::ServerCertified{{certificate.der()}}, {}});
    }
    decision.drafts.push_back(
        {command.actor, ledger::LicenseImported{terms.license_id, command.license.license_bin}, {}});
    return decision;
}

Result<ImportRevocation> prepare_revocation(ledger::ByteView rev, const Preparation& preparation, ledger::Actor actor) {
    ACTLEDGER_TRY(ledger::VerifiedRevocation revocation, ledger::verify_revocation(rev, preparation.vendor_root));
    return ImportRevocation{std::move(actor), std::move(revocation)};
}

Result<Decision> decide(const ImportRevocation& command, const Context& context) {
    const ledger::Revocation& revocation = command.revocation.revocation;
    const auto* known = context.state.licenses().find_revocation(revocation.revocation_id);
    if (known != nullptr) {
        if (known->revocation == revocation) return Decision{{}, known->imported_by};
        return ledger::Error{
            ledger::license_file::errc::revocation_id_conflict, {}, {{"revocation_id", revocation.revocation_id}}};
    }
    const std::string& server_id = context.state.identity().genesis()->server_id;
    ACTLEDGER_CHECK(ledger::check_revocation_for_server(revocation, server_id));
    Decision decision;
    decision.drafts.push_back(
        {command.actor, ledger::RevocationImported{revocation.revocation_id, command.revocation.revocation_bin}, {}});
    return decision;
}

}  // namespace api::commands
