#pragma once
// tools/node/anchor_service.hpp: brings the token's anchor into service once the token is there: holds the log against
// it, opens the signer, and keeps it written from then on. Implements the decider's view of reservations.

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "api/commands/reservations.hpp"
#include "hsm/anchor_keeper.hpp"
#include "hsm/folder_anchor_store.hpp"
#include "hsm/token.hpp"
#include "ledger/core/device_components.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "projections/state/licenses.hpp"
#include "tools/node/guarded_signer.hpp"

namespace node {

/// What the check needs to know of the ledger. All outlive the service.
struct AnchoredLedger {
    const ledger::Suite& suite;
    const ledger::LogReader& log;
    std::filesystem::path folder;  ///< The ledger's.
    ledger::Origin origin;
    ledger::DeviceSalt device_salt;
    const ledger::Incarnations& incarnations;  ///< Of the log, once it is folded: before start().
    const ledger::KeyEpochs& keys;
};

/// The licences as the anchor keeps them, from the state.
[[nodiscard]] std::vector<hsm::KeptLicense> kept_licenses(const ledger::Suite& suite,
                                                          const projections::Licenses& licenses);

class AnchorService final : public api::commands::Reservations {
 public:
    /// @param second  may be null; a second place for the anchor.
    AnchorService(AnchoredLedger ledger, hsm::Token& token, GuardedSigner& signer, hsm::FolderAnchorStore* second);
    ~AnchorService() override;

    /// Tries now if the token is ready within `most`; else goes on trying in the background, and calls `on_mismatch`
    /// there when the log does not fit.
    /// @return what the check found wrong
    [[nodiscard]] ledger::Result<void> start(std::chrono::milliseconds most,
                                             std::function<void(const ledger::Error&)> on_mismatch);

    [[nodiscard]] std::uint64_t reserved(std::string_view license_id) const noexcept override;
    void want(std::string_view license_id, std::uint64_t seats) override;

    /// Licences as they are now; before the start's check and after every change. Any thread.
    void set_licenses(std::vector<hsm::KeptLicense> licenses);
    void released(const ledger::TreeHead& head);

    [[nodiscard]] std::optional<hsm::AnchorKeeperStatus> status() const;
    /// Why the anchor is not in service yet; nothing once it is.
    [[nodiscard]] std::optional<ledger::Error> why_not() const;
    [[nodiscard]] ledger::Result<void> flush(std::chrono::milliseconds most);
    [[nodiscard]] ledger::Result<void> stop(std::chrono::milliseconds most);

 private:
    [[nodiscard]] ledger::Result<void> try_once();
    [[nodiscard]] ledger::Result<void> check_and_open();
    [[nodiscard]] ledger::Result<ledger::TreeHead> newest_head() const;
    [[nodiscard]] ledger::Result<void> put_licenses(hsm::AnchorKeeper& keeper);
    void keep_trying();

    AnchoredLedger ledger_;
    hsm::Token& token_;
    GuardedSigner& signer_;
    hsm::FolderAnchorStore* second_;
    std::function<void(const ledger::Error&)> on_mismatch_;
    mutable std::mutex mutex_;  // licenses_, why_not_, and the making of keeper_
    std::optional<ledger::Error> why_not_;
    std::vector<hsm::KeptLicense> licenses_;
    std::unique_ptr<hsm::AnchorKeeper> keeper_owner_;
    std::atomic<hsm::AnchorKeeper*> keeper_{nullptr};  // set once
    std::atomic<bool> stopping_{false};
    std::thread trying_;
};

}  // namespace node
