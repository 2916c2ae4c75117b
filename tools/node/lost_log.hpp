#pragma once
// tools/node/lost_log.hpp: `actledger recover` where there is no log any more: what the token remembers becomes a new
// one, with the licences that are imported again. Wiring; the rules are in snapshot/lost_log.hpp.

#include <memory>

#include "hsm/pin.hpp"
#include "ledger/core/certificate.hpp"
#include "snapshot/recovery.hpp"
#include "tools/config/config.hpp"

namespace node {

/// One thread.
class LostLogRecovery {
 public:
    /// Changes nothing. The ledger's folder is locked from before the anchors are read, as long as this lives: nobody
    /// makes another log there, and nobody else goes on from the token, while a person thinks about it.
    /// @param licenses  the .lic files, byte for byte: at least one, because the server's certificate comes with them.
    /// @return what the token returns; hsm::errc::anchor_lost; errc::nothing_to_recover for a token that never released
    ///         anything; what importing a licence returns
    [[nodiscard]] static ledger::Result<std::unique_ptr<LostLogRecovery>> open(
        const config::Config& config, const hsm::PinSource& pin_otherwise, const ledger::Certificate& root,
        const std::vector<std::string>& licenses);
    ~LostLogRecovery();
    LostLogRecovery(const LostLogRecovery&) = delete;
    LostLogRecovery& operator=(const LostLogRecovery&) = delete;

    [[nodiscard]] const snapshot::Loss& loss() const;
    [[nodiscard]] const ledger::Anchor& anchor() const;
    [[nodiscard]] ledger::Result<snapshot::Recovered> run();

 private:
    class Impl;
    explicit LostLogRecovery(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace node
