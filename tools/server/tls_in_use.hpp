#pragma once
// tools/server/tls_in_use.hpp: the certificate that new connections see, loaded at start and again at SIGHUP.

#include <mutex>
#include <optional>

#include "api/server/server.hpp"
#include "ledger/core/bytes.hpp"
#include "tools/config/config.hpp"

namespace server {

/// Any thread.
class TlsInUse {
 public:
    /// The certificate of the configuration, or the server's own beside the ledger (made if it is not there).
    /// @return errc::tls_certificate_unusable, folder_not_writable: what was in use stays in use
    [[nodiscard]] ledger::Result<void> load(const config::Config& config, api::Server& server);
    [[nodiscard]] std::optional<ledger::Digest> fingerprint() const;

 private:
    mutable std::mutex mutex_;
    std::optional<ledger::Digest> fingerprint_;
};

}  // namespace server
