#pragma once
// tools/node/replacement.hpp: `actledger hsm replace`: the token with the ledger's key is lost, and another one takes
// its place. Wiring; the rules are in snapshot/replacement.hpp.

#include <functional>
#include <memory>

#include "hsm/initialise.hpp"
#include "snapshot/replacement.hpp"
#include "tools/config/config.hpp"

namespace node {

struct ReplacementRequest {
    hsm::Initialised hsm;
    std::string server_id;
    ledger::TreeHead head;  ///< The newest of the ledger, that the request names.
    std::string request;    ///< ledger/license_file/reendorsement_request.hpp
    bool same_disk = false;
};

/// Sets the new token up as `hsm init` does, and makes the request. Writes nothing to the ledger, and may be repeated.
/// Holds the folder's lock: two at once would set one token up over each other. A server may run, which does not take
/// it.
/// @param so_pin, pin_otherwise  as for create_ledger.
/// @return what hsm::initialise and opening the log return; errc::key_not_lost, key_well_on_token, hsm_in_use;
///         ledger::errc::log_locked
[[nodiscard]] ledger::Result<ReplacementRequest> request_replacement(const config::Config& config,
                                                                     const hsm::PinSource& so_pin,
                                                                     const hsm::PinSource& pin_otherwise);

/// Holds the log's lock: no server runs meanwhile. One thread.
class Replacing {
 public:
    /// Changes nothing.
    /// @param ree  the re-endorsement file.
    /// @return what the log, the token and snapshot::find_replacement return; license_file::errc::reendorsement_*;
    ///         errc::token_of_other_file, key_not_lost, hsm_in_use; hand_over_missing: a key took over that is neither
    ///         the log's nor the file's, and nobody says that the log may lack its end
    [[nodiscard]] static ledger::Result<std::unique_ptr<Replacing>> open(const config::Config& config,
                                                                         const hsm::PinSource& pin_otherwise,
                                                                         ledger::ByteView ree, snapshot::LogTail tail);
    ~Replacing();
    Replacing(const Replacing&) = delete;
    Replacing& operator=(const Replacing&) = delete;

    [[nodiscard]] const snapshot::Replacement& found() const;
    [[nodiscard]] const ledger::VerifiedReendorsement& file() const;
    /// @pre found().stage is not done (asserted)
    [[nodiscard]] ledger::Result<snapshot::Recovered> run();

 private:
    class Impl;
    explicit Replacing(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace node
