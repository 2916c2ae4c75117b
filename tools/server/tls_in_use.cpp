#include "tools/server/tls_in_use.hpp"

#include "api/server/tls_identity.hpp"

namespace server {
namespace {

ledger::Result<api::TlsIdentity> identity(const config::Config& config) {
    if (!config.http.tls_certificate.empty()) {
        return api::load_tls_identity(config.http.tls_certificate, config.http.tls_key);
    }
    return api::load_or_make_tls_identity(config.ledger.folder / "tls",
                                          config.http.names.empty() ? api::local_names() : config.http.names);
}

}  // namespace

ledger::Result<void> TlsInUse::load(const config::Config& config, api::Server& server) {
    ACTLEDGER_TRY(const api::TlsIdentity loaded, identity(config));
    ACTLEDGER_CHECK(server.use_tls(loaded));
    const std::lock_guard lock(mutex_);
    fingerprint_ = loaded.fingerprint;
    return {};
}

std::optional<ledger::Digest> TlsInUse::fingerprint() const {
    const std::lock_guard lock(mutex_);
    return fingerprint_;
}

}  // namespace server
