#pragma once
// tools/node/recovery.hpp: `actledger recover`: a ledger that the server does not put into service is opened beside its
// token, held against what token and clients remember, and goes on under the next incarnation. Wiring; the rules are in
// snapshot/recovery.hpp.

#include <functional>
#include <memory>

#include "hsm/pin.hpp"
#include "snapshot/recovery.hpp"
#include "tools/config/config.hpp"

namespace node {

/// Holds the log's lock: no server runs meanwhile. One thread.
class Recovery {
 public:
    /// Changes nothing.
    /// @param pin_otherwise  where the PIN comes from when neither the configuration nor a service credential names it.
    /// @param restored       somebody says that the log was brought back from an older copy.
    /// @param progress       events folded, events in all.
    /// @return what the log and the token return (ledger::errc::log_locked: a server runs); hsm::errc::anchor_lost;
    ///         errc::anchor_foreign, log_contradicts_anchor, anchor_salt_differs, hand_over_missing: nothing here can
    ///         prove what to keep
    [[nodiscard]] static ledger::Result<std::unique_ptr<Recovery>> open(
        const config::Config& config, const hsm::PinSource& pin_otherwise, bool restored,
        const std::function<void(std::uint64_t, std::uint64_t)>& progress);
    ~Recovery();
    Recovery(const Recovery&) = delete;
    Recovery& operator=(const Recovery&) = delete;

    [[nodiscard]] const snapshot::Loss& loss() const;
    [[nodiscard]] const ledger::Anchor& anchor() const;
    /// @return errc::nothing_to_recover if the log lacks nothing that is known
    [[nodiscard]] ledger::Result<void> check_needed() const;
    /// @pre check_needed() (asserted)
    [[nodiscard]] ledger::Result<snapshot::Recovered> run(ledger::IncarnationOpened::Reason reason);

 private:
    class Impl;
    explicit Recovery(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace node
