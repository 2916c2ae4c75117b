#include "tools/client/trust.hpp"

#include "tools/client/errc.hpp"

namespace client {

ledger::Result<ProvenCertificate> check_tls_proof(std::string_view proof, ledger::ByteView peer_der,
                                                  const ledger::Certificate& root, const std::string& server_id,
                                                  const TlsPin& floor, const std::string& address) {
    const std::vector<ledger::Fact> server{{"server", address}};
    ACTLEDGER_TRY(const auto file, ledger::ActivationFile::parse(proof));
    ACTLEDGER_TRY(const auto verified, ledger::verify_logged_event(file, root));
    const auto* changed = std::get_if<ledger::TlsCertificateChanged>(&verified.event.body);
    if (changed == nullptr) return ledger::Error{errc::tls_proof_other, "an event of another kind", server};
    if (changed->fingerprint != ledger::default_suite().hash(peer_der)) {
        return ledger::Error{errc::tls_proof_other, "another fingerprint", server};
    }
    if (!server_id.empty() && verified.origin.server_id != server_id) {
        return ledger::Error{errc::server_other, "", {{"server_id", verified.origin.server_id}, {"pinned", server_id}}};
    }
    const TlsPin pin{verified.origin.incarnation, verified.event.sequence_number.value};
    if (pin < floor) return ledger::Error{errc::tls_proof_outdated, "", server};
    return ProvenCertificate{verified.origin.server_id, pin};
}

ledger::Result<TrustStep> judge_peer(const ServerAddress& address, const std::optional<PeerCertificate>& peer,
                                     const Settings& settings) {
    if (!peer) {
        ACTLEDGER_ASSERT(address.scheme == ServerAddress::Scheme::http);
        if (settings.allow_plain_http) return TrustStep::trusted;
        return ledger::Error{errc::plain_http_refused, "", {{"address", address.text()}}};
    }
    if (settings.tls_trust == TlsTrust::ledger) return TrustStep::ask_for_proof;
    if (peer->verified_by_authority) return TrustStep::trusted;
    if (settings.tls_trust == TlsTrust::automatic) return TrustStep::ask_for_proof;
    return ledger::Error{errc::tls_untrusted, "", {{"server", address.text()}, {"reason", peer->reason}}};
}

}  // namespace client
