#pragma once
// tools/node/lost_ledger.hpp: `actledger recover` where log and key are lost together: a new token, the vendor's
// re-endorsement, and what desktops and the vendor still have. Wiring; the rules are in snapshot/lost_ledger.hpp.

#include <memory>

#include "hsm/initialise.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "snapshot/recovery.hpp"
#include "tools/config/config.hpp"
#include "tools/node/surviving_file.hpp"

namespace node {

/// What there is, apart from the vendor's answer.
struct Survivals {
    ledger::Certificate root;  ///< The vendor's.
    std::vector<SurvivingFile> licenses;
    /// Desktops' activation files: they have the device salt, and the newest head that is known. May be none; then
    /// desktops that come back are not recognised by their components.
    std::vector<SurvivingFile> activation_files;
};

struct LostLedgerRequest {
    hsm::Initialised hsm;
    std::string server_id;
    std::optional<ledger::Checkpoint> known;  ///< The newest head in the activation files.
    std::string request;                      ///< ledger/license_file/reendorsement_request.hpp
    bool same_disk = false;
};

/// Sets the new token up as `hsm init` does, and makes the request. May be repeated.
/// @param so_pin, pin_otherwise  as for create_ledger.
/// @return what hsm::initialise and judging the files return; errc::hsm_in_use, key_well_on_token,
/// file_of_other_server,
///         file_of_other_key, file_without_salt, device_salts_differ
[[nodiscard]] ledger::Result<LostLedgerRequest> request_lost_ledger(const config::Config& config,
                                                                    const Survivals& survivals,
                                                                    const hsm::PinSource& so_pin,
                                                                    const hsm::PinSource& pin_otherwise);

/// One thread.
class LostLedgerRecovery {
 public:
    /// Changes nothing. The ledger's folder is locked from before the anchors are read, as long as this lives: nobody
    /// makes another log there, and nobody else goes on from the token, while a person thinks about it.
    /// @param ree  the re-endorsement file.
    /// @return as request_lost_ledger; license_file::errc::reendorsement_*; errc::old_key_unknown, token_of_other_file,
    ///         key_took_over, clock_behind; what importing a licence returns
    [[nodiscard]] static ledger::Result<std::unique_ptr<LostLedgerRecovery>> open(const config::Config& config,
                                                                                  const hsm::PinSource& pin_otherwise,
                                                                                  ledger::ByteView ree,
                                                                                  const Survivals& survivals);
    ~LostLedgerRecovery();
    LostLedgerRecovery(const LostLedgerRecovery&) = delete;
    LostLedgerRecovery& operator=(const LostLedgerRecovery&) = delete;

    [[nodiscard]] const ledger::Reendorsement& file() const;
    /// The newest head that is known; nothing: none is.
    [[nodiscard]] const std::optional<ledger::Checkpoint>& known() const;
    [[nodiscard]] const ledger::Origin& opens() const;
    [[nodiscard]] ledger::Timestamp begins() const;  ///< The new log's first time: the wall clock's.
    [[nodiscard]] std::vector<snapshot::LicenseLoss> licenses() const;
    [[nodiscard]] ledger::Result<snapshot::Recovered> run();

 private:
    class Impl;
    explicit LostLedgerRecovery(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Whether the log in `folder` is the one that this re-endorsement made: then it is done, or nearly.
/// @return what reading the log returns
[[nodiscard]] ledger::Result<bool> was_recovered_by(const std::filesystem::path& folder, ledger::ByteView ree);

}  // namespace node
