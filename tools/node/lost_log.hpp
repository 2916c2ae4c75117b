#pragma once
// tools/node/lost_log.hpp: `actledger recover` where there is no log any more: what the token remembers becomes a new
// one, with the licences that are imported again. Wiring; the rules are in snapshot/lost_log.hpp.

#include <memory>

#include "hsm/options.hpp"
#include "ledger/core/certificate.hpp"
#include "snapshot/recovery.hpp"
#include "tools/config/config.hpp"
#include "tools/node/surviving_file.hpp"

namespace node {

/// What there is, apart from the HSM.
struct LostLogFiles {
    ledger::Certificate root;             ///< The vendor's.
    std::vector<SurvivingFile> licenses;  ///< At least one: the server's first key is certified in it.
    /// Where a later key is certified: the vendor's .crt or .ree, or activation files. Needed if the HSM has such a key
    /// and no licence is for it.
    std::vector<SurvivingFile> certificates;
};

/// One thread.
class LostLogRecovery {
 public:
    /// Changes nothing. The ledger's folder is locked from before the anchors are read, as long as this lives: nobody
    /// makes another log there, and nobody else goes on from the token, while a person thinks about it.
    /// @return what the token returns; hsm::errc::anchor_lost; errc::nothing_to_recover for a token that never released
    ///         anything; vendor_needed, certificate_needed, certificate_unread, clock_behind, lost_log_without_key;
    ///         key_of_other_object: the key that signed last is on the token under another label; two_keys_signed;
    ///         what importing a licence returns
    [[nodiscard]] static ledger::Result<std::unique_ptr<LostLogRecovery>> open(const config::Config& config,
                                                                               const hsm::PinSource& pin_otherwise,
                                                                               const LostLogFiles& files);
    ~LostLogRecovery();
    LostLogRecovery(const LostLogRecovery&) = delete;
    LostLogRecovery& operator=(const LostLogRecovery&) = delete;

    [[nodiscard]] const snapshot::Loss& loss() const;
    [[nodiscard]] const ledger::Anchor& anchor() const;
    [[nodiscard]] ledger::Timestamp begins() const;  ///< The new log's first time: the wall clock's.
    [[nodiscard]] ledger::Result<snapshot::Recovered> run();

 private:
    class Impl;
    explicit LostLogRecovery(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace node
